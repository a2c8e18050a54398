/** Where in the log one is; a slider where it is too long for the scroll bar alone. */

import { SLICE } from "./slice";

type Props = {
  shown: readonly [number, number, number];
  onGo: (position: number) => void;
};

export function LogFooter({ shown: [first, last, total], onGo }: Props) {
  if (total === 0) return null;
  const say = (count: number) => count.toLocaleString("en");
  return (
    <div className="flex items-center gap-3 pt-1.5 text-xs text-muted">
      <span className="whitespace-nowrap">
        lines {say(first + 1)}–{say(last + 1)} of {say(total)}
      </span>
      {total > SLICE ? (
        <input
          type="range"
          aria-label="Place in the log"
          min={0}
          max={total - 1}
          value={first}
          onChange={(event) => onGo(Number(event.target.value))}
          className="h-4 flex-1 accent-accent"
        />
      ) : null}
    </div>
  );
}
