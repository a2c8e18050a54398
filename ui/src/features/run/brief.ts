/** A value of JSON in a few characters, for lines that have no room for all of it. */

const LONGEST = 40;

export function brief(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "null");
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}
