/** Which task runs the table shows, and in what order: out of the timeline, which is here anyway. */

import { type Look, rankOf } from "@/timeline/looks";
import type { TimelineModel } from "@/timeline/model";

export const ORDERS = ["called", "state", "name", "began", "took"] as const;
export type Order = (typeof ORDERS)[number];

export interface Choice {
  readonly tasks: ReadonlySet<string>;
  readonly looks: ReadonlySet<string>;
  /** Part of a name. */
  readonly text: string;
  readonly order: Order;
}

/** Give the indexes of the runs to be shown, from top to bottom. */
export function selectRuns(model: TimelineModel, choice: Choice): number[] {
  const sought = choice.text.toLowerCase();
  const found: number[] = [];
  for (let index = 0; index < model.size; index += 1) {
    if (!model.has(index)) continue;
    if (choice.tasks.size > 0 && !choice.tasks.has(model.taskAt(index))) continue;
    if (choice.looks.size > 0 && !choice.looks.has(model.lookAt(index))) continue;
    if (sought !== "" && !model.labelAt(index).toLowerCase().includes(sought)) continue;
    found.push(index);
  }
  return sortRuns(model, found, choice.order);
}

function sortRuns(model: TimelineModel, runs: number[], order: Order): number[] {
  switch (order) {
    case "called":
      return runs;
    case "state":
      return runs.sort((a, b) => rankOf(model.lookAt(a)) - rankOf(model.lookAt(b)) || a - b);
    case "name":
      return runs.sort((a, b) => compare(model.labelAt(a), model.labelAt(b)) || a - b);
    case "began":
      return runs.sort((a, b) => byNumber(model.start[a], model.start[b]) || a - b);
    case "took":
      return runs.sort((a, b) => byNumber(-secondsOf(model, a), -secondsOf(model, b)) || a - b);
  }
}

const collator = new Intl.Collator("en", { numeric: true });

function compare(one: string, other: string): number {
  return collator.compare(one, other);
}

/** Compare numbers; those that are not known come last. */
function byNumber(one = Number.NaN, other = Number.NaN): number {
  if (Number.isNaN(one)) return Number.isNaN(other) ? 0 : 1;
  return Number.isNaN(other) ? -1 : one - other;
}

/** Give how long a run took, up to now for one that goes on; NaN: it has not begun. */
export function secondsOf(model: TimelineModel, index: number): number {
  const start = model.start[index] ?? Number.NaN;
  const end = model.end[index] ?? Number.NaN;
  return Math.max(0, ((Number.isNaN(end) ? model.now : end) - start) / 1e6);
}

/** Count all runs by their look. */
export function countAll(model: TimelineModel): ReadonlyMap<Look, number> {
  const counts = new Map<Look, number>();
  for (let index = 0; index < model.size; index += 1) {
    if (!model.has(index)) continue;
    const look = model.lookAt(index);
    counts.set(look, (counts.get(look) ?? 0) + 1);
  }
  return counts;
}
