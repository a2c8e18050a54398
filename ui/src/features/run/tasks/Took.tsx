/** A duration with a bar behind it: beside the longest one, one sees which took their time. */

import { fillOf } from "@/design/icons";
import type { Look } from "@/timeline/looks";

type Props = { seconds: number; longest: number; look: Look; words: string };

export function Took({ seconds, longest, look, words }: Props) {
  const part = longest > 0 && !Number.isNaN(seconds) ? seconds / longest : 0;
  return (
    <span className="flex items-center gap-2">
      <span className="w-[4.6rem] shrink-0 text-right">{words}</span>
      <span className="h-2 min-w-0 flex-1 max-md:hidden">
        <span
          className={`block h-full rounded-sm ${look === "failed" || look === "crashed" ? "hatched" : ""}`}
          style={{
            width: `${Math.max(part * 100, part > 0 ? 1.5 : 0)}%`,
            backgroundColor: fillOf(look),
          }}
        />
      </span>
    </span>
  );
}
