/** How many runs executed when, by look: what the minimap draws. */

import { isOver, LOOKS, type Look } from "./looks";
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
  for (let index = 0; index < model.size; index += 1) {
    const span = model.has(index) ? workOf(model, index, now) : null;
    if (span === null) continue;
    const first = Math.max(0, Math.floor((axis.fold(span[0]) - from) / width));
    const last = Math.min(parts - 1, Math.floor((axis.fold(span[1]) - from) / width));
    if (last < first) continue;
    const look = model.lookAt(index);
    let step = steps.get(look);
    if (step === undefined) {
      step = new Float32Array(parts + 1);
      steps.set(look, step);
    }
    step[first] = (step[first] ?? 0) + 1;
    step[last + 1] = (step[last + 1] ?? 0) - 1;
  }
  return summedUp(steps, parts);
}

function workOf(model: TimelineModel, index: number, now: number): [number, number] | null {
  const start = model.start[index] ?? Number.NaN;
  const end = model.end[index] ?? Number.NaN;
  if (Number.isNaN(start)) {
    const isDone = isOver(model.lookAt(index)) && !Number.isNaN(end);
    return isDone ? [end, end] : null;
  }
  return [start, Number.isNaN(end) ? Math.max(start, now) : end];
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
