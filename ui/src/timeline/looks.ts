/**
 * What a state looks like: one word for colour, icon and pattern.
 *
 * The server says `FAILED/TimedOut` (type/name). The page tells eleven looks apart; this is the
 * only place that maps the one to the other for the timeline and everything counted in it.
 */

export const LOOKS = [
  "failed",
  "crashed",
  "cancelled",
  "cancelling",
  "paused",
  "running",
  "retrying",
  "pending",
  "scheduled",
  "cached",
  "completed",
] as const;

/** The most telling comes first: this is also the order of counts. */
export type Look = (typeof LOOKS)[number];

const BY_NAME: Readonly<Record<string, Look>> = {
  AwaitingRetry: "retrying",
  Cached: "cached",
  Retrying: "running",
};

const BY_TYPE: Readonly<Record<string, Look>> = {
  CANCELLED: "cancelled",
  CANCELLING: "cancelling",
  COMPLETED: "completed",
  CRASHED: "crashed",
  FAILED: "failed",
  PAUSED: "paused",
  PENDING: "pending",
  RUNNING: "running",
  SCHEDULED: "scheduled",
};

/** Give the look of a state by its type and its name. */
export function lookOf(type: string, name: string): Look {
  return BY_NAME[name] ?? BY_TYPE[type] ?? "pending";
}

/** Give the look of a state as timelines write it: `FAILED/TimedOut`. */
export function lookOfPair(pair: string): Look {
  const [type = "", name = ""] = pair.split("/");
  return lookOf(type, name);
}

const RANKS = new Map<Look, number>(LOOKS.map((look, rank) => [look, rank]));

/** Give its place among the looks: a lower one tells more. */
export function rankOf(look: Look): number {
  return RANKS.get(look) ?? LOOKS.length;
}

/** Say whether runs that look so went wrong. */
export function isTrouble(look: Look): boolean {
  return look === "failed" || look === "crashed";
}

/** Say whether runs that look so have ended. */
export function isOver(look: Look): boolean {
  return (
    look === "completed" ||
    look === "cached" ||
    look === "failed" ||
    look === "crashed" ||
    look === "cancelled"
  );
}
