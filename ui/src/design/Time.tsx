import {
  type Clock,
  type Length,
  localZone,
  sayInstant,
  sayRelative,
  sayZone,
} from "@/models/instant";
import { useNow } from "@/models/now";
import { type Preferences, usePreferences } from "@/models/preferences";

export function clockOf({ zone, is24h }: Preferences): Clock {
  return { is24h, zone: zone === "local" ? null : zone };
}

/** Say the same instant in each way that somebody may look for. */
export function sayEverywhere(at: number, clock: Clock, now: number): string {
  const lines = [sayRelative(at, now)];
  const zones = [clock.zone ?? localZone(), localZone(), "UTC"];
  for (const zone of new Set(zones)) {
    lines.push(`${sayInstant(at, { ...clock, zone }, "exact", now)} ${zone}`);
  }
  return lines.join("\n");
}

type Props = {
  /** ISO 8601, or milliseconds since the epoch; null draws a dash. */
  at: string | number | null;
  length?: Length | "relative";
  className?: string;
};

/** An instant in the user's zone. Hovering shows it relative, local and in UTC. */
export function Time({ at, length = "short", className }: Props) {
  const preferences = usePreferences();
  const now = useNow(length === "relative");
  if (at === null) return <span className="text-muted">–</span>;
  const ms = typeof at === "number" ? at : Date.parse(at);
  const clock = clockOf(preferences);
  const text = length === "relative" ? sayRelative(ms, now) : sayInstant(ms, clock, length, now);
  return (
    <time
      dateTime={new Date(ms).toISOString()}
      data-tip-time={ms}
      className={`whitespace-nowrap ${className ?? ""}`}
    >
      {text}
    </time>
  );
}

/** The zone in which the page shows instants: `UTC+2`. */
export function useZone(): string {
  const { zone } = usePreferences();
  const now = useNow(false);
  return sayZone(zone === "local" ? null : zone, now);
}
