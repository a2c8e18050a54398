import { ICONS, TEXT_COLOURS, WORDS } from "@/design/icons";
import { type Look, lookOf } from "@/timeline/looks";

/** The icon of a state. It turns while something runs. */
export function StateIcon({ look, size = 15 }: { look: Look; size?: number }) {
  const Icon = ICONS[look];
  const isTurning = look === "running";
  return (
    <Icon
      aria-hidden
      size={size}
      strokeWidth={2.1}
      className={`shrink-0 ${TEXT_COLOURS[look]} ${isTurning ? "turning" : ""}`}
    />
  );
}

/** `AwaitingRetry` → `Awaiting retry`. */
export function sayState(name: string): string {
  const words = name.replace(/([a-z])([A-Z])/g, (_, end: string, start: string) => {
    return `${end} ${start.toLowerCase()}`;
  });
  return words;
}

type Props = { type: string; name: string; size?: number };

/** A state: icon, word and colour. */
export function StateBadge({ type, name, size }: Props) {
  const look = lookOf(type, name);
  return (
    <span className="inline-flex max-w-full min-w-0 items-center gap-1.5 align-middle whitespace-nowrap">
      <StateIcon look={look} {...(size === undefined ? {} : { size })} />
      <span className={`truncate font-medium ${TEXT_COLOURS[look]}`}>
        {sayState(name) || WORDS[look]}
      </span>
    </span>
  );
}

type Count = { state_type: string; state_name: string; count: number };

/** How many runs are in which state: icons with numbers, read out with their words. */
export function StateCounts({ counts }: { counts: readonly Count[] }) {
  return (
    <span className="inline-flex items-center gap-2.5 align-middle whitespace-nowrap">
      {counts.map(({ state_type, state_name, count }) => {
        const look = lookOf(state_type, state_name);
        return (
          <span
            key={`${state_type}/${state_name}`}
            className="inline-flex items-center gap-1"
            data-tip={`${count.toLocaleString("en")} ${sayState(state_name).toLowerCase()}`}
          >
            <StateIcon look={look} size={13} />
            <span className="text-xs">{count.toLocaleString("en")}</span>
            <span className="sr-only">{sayState(state_name).toLowerCase()}</span>
          </span>
        );
      })}
    </span>
  );
}
