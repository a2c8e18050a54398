/** Durations in words: `41 s`, `6 min 37 s`, `1 h 2 min`, `12 ms`. */

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * Say a duration in at most two units.
 *
 * It is rounded once, to the smaller of the units, before it is taken apart: so there is no
 * `4 min 60 s`.
 */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "–";
  if (seconds < 0) return `-${duration(-seconds)}`;
  if (seconds === 0) return "0 s";
  if (seconds < 0.9995) return milliseconds(seconds * 1_000);
  if (Math.round(seconds * 10) < 100) return `${trimmed(Math.round(seconds * 10) / 10)} s`;
  const whole = Math.round(seconds);
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return inTwo(whole, MINUTE, "min", 1, "s");
  const minutes = Math.round(seconds / MINUTE) * MINUTE;
  if (minutes < DAY) return inTwo(minutes, HOUR, "h", MINUTE, "min");
  return inTwo(Math.round(seconds / HOUR) * HOUR, DAY, "d", HOUR, "h");
}

function milliseconds(value: number): string {
  if (value < 0.995) {
    const micros = Math.max(1, Math.round(value * 1_000));
    return `${micros} µs`;
  }
  if (Math.round(value * 10) < 100) return `${trimmed(Math.round(value * 10) / 10)} ms`;
  return `${Math.round(value)} ms`;
}

function inTwo(value: number, big: number, bigName: string, small: number, name: string): string {
  const rest = Math.round((value % big) / small);
  const head = `${Math.floor(value / big)} ${bigName}`;
  return rest === 0 ? head : `${head} ${rest} ${name}`;
}

function trimmed(value: number): string {
  return value.toFixed(1).replace(/\.0$/, "");
}
