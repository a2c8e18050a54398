/**
 * The critical path: the chain of runs that decided when the flow run ended.
 *
 * From the run that ended last one goes back, each time to the upstream that ended last: it is
 * the one that was waited for. Making any run beside the path faster gains nothing.
 */

import type { TimelineModel } from "./model";

/** Give the indexes of the critical path, the first run first. */
export function criticalPath(
  model: TimelineModel,
  upstreamsOf: (index: number) => readonly number[],
): number[] {
  let at = lastToEnd(model, everyIndex(model));
  const path: number[] = [];
  const seen = new Set<number>();
  while (at !== undefined && !seen.has(at)) {
    seen.add(at);
    path.unshift(at);
    at = lastToEnd(model, upstreamsOf(at));
  }
  return path;
}

function* everyIndex(model: TimelineModel): Iterable<number> {
  for (let index = 0; index < model.size; index += 1) yield index;
}

function lastToEnd(model: TimelineModel, indexes: Iterable<number>): number | undefined {
  let last: number | undefined;
  let latest = Number.NEGATIVE_INFINITY;
  for (const index of indexes) {
    if (!model.has(index) || Number.isNaN(model.start[index] ?? Number.NaN)) continue;
    const end = model.end[index] ?? Number.NaN;
    const ends = Number.isNaN(end) ? model.now : end;
    if (ends > latest) {
      latest = ends;
      last = index;
    }
  }
  return last;
}
