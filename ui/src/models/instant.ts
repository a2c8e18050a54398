/** Instants in words: in a zone, at a length that fits, and relative to now. */

export type Clock = {
  /** IANA name of a zone; null: the one of this machine. */
  readonly zone: string | null;
  readonly is24h: boolean;
};

/** `short`: as little as tells; `full`: date and time; `exact`: with milliseconds; `clock`: time. */
export type Length = "short" | "full" | "exact" | "clock" | "day";

const formats = new Map<string, Intl.DateTimeFormat>();

const DATE: Intl.DateTimeFormatOptions = { day: "numeric", month: "short" };
const YEAR: Intl.DateTimeFormatOptions = { ...DATE, year: "numeric" };
const TIME: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit" };
const SECONDS: Intl.DateTimeFormatOptions = { ...TIME, second: "2-digit" };

const OPTIONS: Readonly<Record<string, Intl.DateTimeFormatOptions>> = {
  clock: SECONDS,
  date: DATE,
  day: YEAR,
  exact: { ...YEAR, ...SECONDS, fractionalSecondDigits: 3 },
  full: { ...YEAR, ...SECONDS },
  near: { ...DATE, ...TIME },
  time: TIME,
};

function formatOf(kind: string, { zone, is24h }: Clock): Intl.DateTimeFormat {
  const key = `${kind}|${zone ?? ""}|${is24h}`;
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-GB", {
      ...OPTIONS[kind],
      hourCycle: is24h ? "h23" : "h12",
      ...(zone === null ? {} : { timeZone: zone }),
    });
    formats.set(key, format);
  }
  return format;
}

/** Say an instant, in milliseconds since the epoch; `now` decides what `short` leaves out. */
export function sayInstant(at: number, clock: Clock, length: Length, now: number): string {
  if (!Number.isFinite(at)) return "–";
  if (length !== "short") return formatOf(length, clock).format(at);
  const day = formatOf("day", clock);
  if (day.format(at) === day.format(now)) return formatOf("time", clock).format(at);
  const isNear = Math.abs(now - at) < 300 * 86_400_000;
  return formatOf(isNear ? "near" : "day", clock).format(at);
}

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 365 * 86_400],
  ["month", 30 * 86_400],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

const relativeFormat = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });

/** Say how long ago an instant was, or how soon it will be. */
export function sayRelative(at: number, now: number): string {
  const seconds = Math.round((at - now) / 1_000);
  if (!Number.isFinite(seconds)) return "–";
  if (Math.abs(seconds) < 2) return "now";
  const [unit, size] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? ["second", 1];
  return relativeFormat.format(Math.trunc(seconds / size), unit);
}

/** Say a zone briefly, as it is at an instant: `UTC+2`. */
export function sayZone(zone: string | null, at: number): string {
  const options: Intl.DateTimeFormatOptions = { timeZoneName: "shortOffset" };
  const format = new Intl.DateTimeFormat("en-GB", {
    ...options,
    ...(zone === null ? {} : { timeZone: zone }),
  });
  const part = format.formatToParts(at).find(({ type }) => type === "timeZoneName");
  return (part?.value ?? "UTC").replace("GMT", "UTC").replace("-", "−");
}

/** Give the zone of this machine by its name. */
export function localZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}
