/**
 * The time axis: instants to places and back, with long idle gaps cut short.
 *
 * A retry three days later must not squash what happened before into a hair, so stretches in
 * which nothing executed are drawn in a fixed small width. "Folded time" is microseconds with
 * those stretches shortened: it is what the page zooms and draws in.
 */

import { duration } from "@/models/duration";
import { barsOf } from "./bars";
import { isOver } from "./looks";
import type { TimelineModel } from "./model";

/** A stretch of time in which nothing happened. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  /** How long it is drawn. */
  readonly drawn: number;
}

/** From instants to folded time and back. */
export interface Axis {
  readonly gaps: readonly Gap[];
  fold(instant: number): number;
  unfold(folded: number): number;
}

/** A gap is cut when it is longer than this part of all the rest. */
const LONG = 0.4;
/** What is left of it. */
const LEFT = 0.04;
const SECOND = 1_000_000;

/** Find the stretches in which nothing executed that are long enough to be cut. */
export function findGaps(models: Iterable<TimelineModel>, now: number): Gap[] {
  const starts: number[] = [];
  const ends: number[] = [];
  for (const model of models) {
    for (let index = 0; index < model.size; index += 1) {
      if (model.has(index)) addBusy(model, index, now, starts, ends);
    }
  }
  return gapsBetween(Float64Array.from(starts).sort(), Float64Array.from(ends).sort());
}

function addBusy(
  model: TimelineModel,
  index: number,
  now: number,
  starts: number[],
  ends: number[],
): void {
  if (model.attempts.has(index)) {
    for (const bar of barsOf(model, index)) {
      if (bar.kind === "wait") continue;
      starts.push(bar.from);
      ends.push(bar.to ?? now);
    }
    return;
  }
  const start = model.start[index] ?? Number.NaN;
  const end = model.end[index] ?? Number.NaN;
  const created = model.created[index] ?? Number.NaN;
  const from = Number.isNaN(start) ? created : start;
  starts.push(from);
  if (!Number.isNaN(end)) ends.push(Math.max(from, end));
  else ends.push(isOver(model.lookAt(index)) ? from : Math.max(from, now));
}

function gapsBetween(starts: Float64Array, ends: Float64Array): Gap[] {
  const idle: [number, number][] = [];
  let whole = (ends[ends.length - 1] ?? 0) - (starts[0] ?? 0);
  for (let place = 1; place < starts.length; place += 1) {
    // All that began before has ended: nothing executes between the two.
    const from = ends[place - 1] ?? 0;
    const to = starts[place] ?? 0;
    if (to - from > SECOND) idle.push([from, to]);
  }
  idle.sort(([a, b], [c, d]) => d - c - (b - a));
  const cut: [number, number][] = [];
  for (const [from, to] of idle) {
    const rest = whole - (to - from);
    if (to - from <= rest * LONG) break;
    cut.push([from, to]);
    whole = rest;
  }
  const drawn = Math.max(whole, SECOND / 100) * LEFT;
  return cut
    .filter(([from, to]) => to - from > drawn)
    .sort(([a], [c]) => a - c)
    .map(([from, to]) => ({ from, to, drawn }));
}

/** Make the axis that has these gaps. */
export function axisOf(gaps: readonly Gap[]): Axis {
  return {
    gaps,
    fold(instant) {
      let saved = 0;
      for (const gap of gaps) {
        if (instant <= gap.from) break;
        const inside = Math.min(instant, gap.to) - gap.from;
        saved += inside * (1 - gap.drawn / (gap.to - gap.from));
      }
      return instant - saved;
    },
    unfold(folded) {
      let saved = 0;
      for (const gap of gaps) {
        const begins = gap.from - saved;
        if (folded <= begins) break;
        const whole = gap.to - gap.from;
        if (folded < begins + gap.drawn) {
          return gap.from + ((folded - begins) / gap.drawn) * whole;
        }
        saved += whole - gap.drawn;
      }
      return folded + saved;
    },
  };
}

/** Where on the axis one looks, in folded time. */
export type Window = readonly [number, number];

/** Give a window some air, and a width that can be drawn. */
export function padded([from, to]: Window): Window {
  const air = Math.max((to - from) * 0.02, 5);
  return [from - air, to + air];
}

/**
 * Give the end of a window that grows: ahead of `now`, and the same for a good while.
 *
 * Were it `now` itself, each bar would shrink in each frame.
 */
export function steadyEnd(from: number, now: number): number {
  const shortest = 2 * SECOND;
  const elapsed = Math.max(now - from, 0) * 1.05;
  if (elapsed <= shortest) return from + shortest;
  const step = 1.3;
  const power = Math.ceil(Math.log(elapsed / shortest) / Math.log(step) - 1e-9);
  return from + shortest * step ** power;
}

/** A mark on the axis. */
export interface Tick {
  readonly at: number;
  /** Microseconds since the origin. */
  readonly since: number;
}

const STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].flatMap((step) => [step]),
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((step) => step * 1_000),
  ...[1, 2, 5, 10, 15, 30].map((step) => step * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((step) => step * 60 * SECOND),
  ...[1, 2, 3, 6, 12].map((step) => step * 3_600 * SECOND),
  ...[1, 2, 7, 14, 28, 91, 182, 365].map((step) => step * 86_400 * SECOND),
];

/** Choose the marks of an axis: round times since `origin`, at most `most` of them. */
export function ticksOf(axis: Axis, window: Window, origin: number, most: number): Tick[] {
  const [from, to] = window;
  if (!(to > from) || most < 1) return [];
  const step = STEPS.find((one) => (to - from) / one <= most) ?? (to - from) / most;
  const ticks: Tick[] = [];
  let last = Number.NEGATIVE_INFINITY;
  const until = axis.unfold(to);
  let since = Math.ceil((axis.unfold(from) - origin) / step) * step;
  while (origin + since <= until && ticks.length < most * 2) {
    const instant = origin + since;
    const gap = axis.gaps.find((one) => instant > one.from && instant < one.to);
    if (gap !== undefined) {
      since = Math.max(since + step, Math.ceil((gap.to - origin) / step) * step);
      continue;
    }
    const at = axis.fold(instant);
    if (at - last >= step * 0.6) {
      ticks.push({ at, since });
      last = at;
    }
    since += step;
  }
  return ticks.slice(0, most + 1);
}

/** Units, and the step below which what is beyond them must be said as well. */
const LARGE = [
  [86_400 * SECOND, "d", 3_600 * SECOND],
  [3_600 * SECOND, "h", 60 * SECOND],
  [60 * SECOND, "min", SECOND],
] as const;

/** Say how long since the origin a mark is, exactly enough to tell it from the next one. */
export function sayTick(since: number, step: number): string {
  if (since < 0) return `-${sayTick(-since, step)}`;
  if (since === 0) return "0 s";
  const [unit, name] = since < 1_000 ? [1, "µs"] : since < SECOND ? [1_000, "ms"] : [SECOND, "s"];
  if (since < 60 * SECOND) {
    const digits = step <= 0 ? 1 : Math.max(0, -Math.floor(Math.log10(step / unit) + 1e-9));
    return `${Number((since / unit).toFixed(digits))} ${name}`;
  }
  for (const [size, name, finest] of LARGE) {
    if (since < size || step <= 0 || step >= finest) continue;
    const rest = since % size;
    const head = `${Math.floor(since / size)} ${name}`;
    return rest === 0 ? head : `${head} ${sayTick(rest, step)}`;
  }
  return duration(since / SECOND);
}
