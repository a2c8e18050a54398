/** What is drawn in a row: bars of attempts and waits, and the density of a folded group. */

import type { Group } from "./layout";
import { isOver, isTrouble, LOOKS, type Look, rankOf } from "./looks";
import type { TimelineModel } from "./model";
import type { Axis, Window } from "./scale";

/** A stretch of time in a row. */
export interface Bar {
  /** `wait`: nothing of it executed; `past`: an attempt before the last; `run`: the last one. */
  readonly kind: "wait" | "past" | "run";
  readonly from: number;
  /** Null: it goes on. */
  readonly to: number | null;
  readonly look: Look;
}

/** Give the bars of a run, from left to right; they do not overlap. */
export function barsOf(model: TimelineModel, index: number): Bar[] {
  const look = model.lookAt(index);
  const created = model.created[index] ?? Number.NaN;
  const end = orNull(model.end[index]);
  const attempts = attemptsOf(model, index);
  const bars: Bar[] = [];
  let at = created;
  attempts.forEach(([from, to], place) => {
    const isLast = place === attempts.length - 1;
    const begins = Number.isNaN(at) ? from : Math.max(at, from);
    if (begins > at) bars.push({ kind: "wait", from: at, to: begins, look: waitLook(place) });
    const until = to ?? (isLast ? end : null);
    const ends = until === null ? null : Math.max(begins, until);
    bars.push({
      kind: isLast && look !== "retrying" ? "run" : "past",
      from: begins,
      to: ends,
      look: isLast && look !== "retrying" ? look : "failed",
    });
    at = ends ?? Number.POSITIVE_INFINITY;
  });
  if (attempts.length === 0 && isOver(look)) {
    // It ended without having begun: found in the cache, or given up while it waited.
    const ends = Math.max(created, end ?? created);
    if (look !== "cached") bars.push({ kind: "wait", from: created, to: ends, look: "pending" });
    bars.push({ kind: "run", from: look === "cached" ? created : ends, to: ends, look });
  } else if (Number.isFinite(at) && !isOver(look)) {
    bars.push({ kind: "wait", from: at, to: null, look });
  }
  return bars;
}

function waitLook(place: number): Look {
  return place === 0 ? "pending" : "retrying";
}

function attemptsOf(
  model: TimelineModel,
  index: number,
): readonly (readonly [number, number | null])[] {
  const known = model.attempts.get(index);
  if (known !== undefined && known.length > 0) {
    return known.flatMap(([from, to]) => (typeof from === "number" ? [[from, to ?? null]] : []));
  }
  const start = orNull(model.start[index]);
  return start === null ? [] : [[start, orNull(model.end[index])]];
}

function orNull(instant: number | undefined): number | null {
  return instant === undefined || Number.isNaN(instant) ? null : instant;
}

/** Give from when to when a run counts for the axis; the end of one that goes on is `now`. */
export function spanOf(
  model: TimelineModel,
  index: number,
  now: number,
): readonly [number, number] {
  const created = model.created[index] ?? now;
  const end = model.end[index] ?? Number.NaN;
  const from = Number.isNaN(created) ? (model.start[index] ?? now) : created;
  return [from, Math.max(from, Number.isNaN(end) ? now : end)];
}

/** Give from when to when a group counts for the axis. */
export function spanOfGroup(group: Group, now: number): readonly [number, number] {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const index of group.members) {
    const [begins, ends] = spanOf(group.model, index, now);
    if (begins < from) from = begins;
    if (ends > to) to = ends;
  }
  return from > to ? [now, now] : [from, to];
}

/** A part of a folded group that looks alike, in folded time. */
export interface Patch {
  readonly from: number;
  readonly to: number;
  readonly look: Look;
}

/** How a folded group is drawn. */
export interface Density {
  /** What most of the runs at work looked like, like parts joined. */
  readonly main: readonly Patch[];
  /** Where any ended badly: one failure among ten thousand is what one looks for. */
  readonly trouble: readonly Patch[];
}

/** Give how the runs of a group stood, part of the window by part; all in folded time. */
export function densityOf(
  group: Group,
  axis: Axis,
  [from, to]: Window,
  now: number,
  parts = 120,
): Density {
  const width = (to - from) / parts;
  if (!(width > 0)) return { main: [], trouble: [] };
  const place = (at: number) => Math.min(parts - 1, Math.max(0, Math.floor((at - from) / width)));
  const trouble = new Uint8Array(parts).fill(NONE);
  const steps = new Map<number, Int32Array>();
  addWorkOf(group, now, (look, begin, end) => {
    const first = axis.fold(begin);
    const last = axis.fold(end);
    if (last < from || first > to) return;
    const rank = rankOf(look);
    const step = steps.get(rank) ?? new Int32Array(parts + 1);
    steps.set(rank, step);
    step[place(first)] = (step[place(first)] ?? 0) + 1;
    step[place(last) + 1] = (step[place(last) + 1] ?? 0) - 1;
    if (!isTrouble(look) || last > to) return;
    trouble[place(last)] = Math.min(trouble[place(last)] ?? NONE, rank);
  });
  return {
    main: joined(prevailing(steps, parts), from, width),
    trouble: joined(trouble, from, width),
  };
}

const NONE = 255;

type Add = (look: Look, begin: number, end: number) => void;

function addWorkOf(group: Group, now: number, add: Add): void {
  for (const index of group.members) addWork(group.model, index, now, add);
}

/** Add the stretches in which a run was at work. */
export function addWork(model: TimelineModel, index: number, now: number, add: Add): void {
  const start = model.start[index] ?? Number.NaN;
  if (model.attempts.has(index) || Number.isNaN(start)) {
    for (const bar of barsOf(model, index)) {
      if (bar.kind !== "wait") add(bar.look, bar.from, bar.to ?? now);
    }
    return;
  }
  const end = model.end[index] ?? Number.NaN;
  add(model.lookAt(index), start, Number.isNaN(end) ? Math.max(start, now) : end);
}

/** Give for each part the rank that most had; of several the one that tells most. */
function prevailing(steps: ReadonlyMap<number, Int32Array>, parts: number): Uint8Array {
  const ranks = new Uint8Array(parts).fill(NONE);
  const most = new Int32Array(parts);
  for (const [rank, step] of [...steps].sort(([one], [other]) => one - other)) {
    let count = 0;
    for (let part = 0; part < parts; part += 1) {
      count += step[part] ?? 0;
      if (count <= (most[part] ?? 0)) continue;
      most[part] = count;
      ranks[part] = rank;
    }
  }
  return ranks;
}

function joined(ranks: Uint8Array, from: number, width: number): Patch[] {
  const patches: Patch[] = [];
  let begun = 0;
  for (let part = 1; part <= ranks.length; part += 1) {
    if (part < ranks.length && ranks[part] === ranks[begun]) continue;
    const look = LOOKS[ranks[begun] ?? NONE];
    if (look !== undefined) {
      patches.push({ from: from + begun * width, to: from + part * width, look });
    }
    begun = part;
  }
  return patches;
}
