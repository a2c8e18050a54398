/** How many runs executed when, by look: what the minimap draws. */

import { addWork } from "./bars";
import { LOOKS, type Look } from "./looks";
import type { TimelineModel } from "./model";
import type { Axis, Window } from "./scale";

/** Runs at work in each of the equal parts of a window. */
export interface Activity {
  readonly byLook: ReadonlyMap<Look, Float32Array>;
  /** The most that were at work at once. */
  readonly most: number;
}

/** Count the runs at work in each part of a window, in time that grows with runs, not with their length. */
export function activityOf(
  model: TimelineModel,
  axis: Axis,
  window: Window,
  parts: number,
  now: number,
): Activity {
  const [from, to] = window;
  const width = (to - from) / parts;
  const steps = new Map<Look, Float32Array>();
  if (!(width > 0)) return { byLook: steps, most: 0 };
  const add = (look: Look, begin: number, end: number) => {
    const first = Math.max(0, Math.floor((axis.fold(begin) - from) / width));
    const last = Math.min(parts - 1, Math.floor((axis.fold(end) - from) / width));
    if (last < first) return;
    const step = steps.get(look) ?? new Float32Array(parts + 1);
    steps.set(look, step);
    step[first] = (step[first] ?? 0) + 1;
    step[last + 1] = (step[last + 1] ?? 0) - 1;
  };
  for (let index = 0; index < model.size; index += 1) {
    if (model.has(index)) addWork(model, index, now, add);
  }
  return summedUp(steps, parts);
}

function summedUp(steps: Map<Look, Float32Array>, parts: number): Activity {
  const total = new Float32Array(parts);
  const byLook = new Map<Look, Float32Array>();
  for (const look of LOOKS) {
    const step = steps.get(look);
    if (step === undefined) continue;
    const counts = new Float32Array(parts);
    let running = 0;
    for (let part = 0; part < parts; part += 1) {
      running += step[part] ?? 0;
      counts[part] = running;
      total[part] = (total[part] ?? 0) + running;
    }
    byLook.set(look, counts);
  }
  return { byLook, most: total.reduce((most, count) => Math.max(most, count), 0) };
}
