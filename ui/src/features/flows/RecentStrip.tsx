import { fillOf, WORDS } from "@/design/icons";
import { lookOf } from "@/timeline/looks";

/** The last runs of a flow in a strip, oldest first: those that failed are hatched. */
export function RecentStrip({ recent }: { recent: readonly string[] }) {
  const looks = recent.map((type) => lookOf(type, ""));
  const counts = new Map<string, number>();
  for (const look of looks) counts.set(WORDS[look], (counts.get(WORDS[look]) ?? 0) + 1);
  const said = [...counts].map(([word, count]) => `${count} ${word.toLowerCase()}`).join(", ");
  return (
    <span
      role="img"
      aria-label={`Last ${looks.length} runs: ${said}`}
      data-tip={`Last ${looks.length} runs: ${said}`}
      className="inline-flex h-4 items-end gap-px align-middle"
    >
      {looks.map((look, place) => (
        <span
          // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place
          key={place}
          className={`h-4 w-1.5 rounded-[1px] ${look === "failed" || look === "crashed" ? "hatched" : ""}`}
          style={{ backgroundColor: fillOf(look) }}
        />
      ))}
    </span>
  );
}
