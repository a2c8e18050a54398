/** What is drawn in a row: bars of attempts and waits, and the density of a folded group. */

import type { Group } from "./layout";
import { isOver, type Look, rankOf } from "./looks";
import type { TimelineModel } from "./model";

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
    // Cached, or ended before it began: a point where it ended.
    bars.push({ kind: "run", from: created, to: Math.max(created, end ?? created), look });
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

/** A part of a folded group in which the same look prevails. */
export interface Patch {
  readonly from: number;
  readonly to: number;
  readonly look: Look;
}

/** Give when how the runs of a group stood: per bucket the look that tells most, joined. */
export function densityOf(
  group: Group,
  window: readonly [number, number],
  now: number,
  buckets = 120,
): Patch[] {
  const [from, to] = window;
  const width = (to - from) / buckets;
  if (!(width > 0)) return [];
  const ranks = new Uint8Array(buckets).fill(255);
  const looks: Look[] = [];
  const { model } = group;
  for (const index of group.members) {
    const start = model.start[index] ?? Number.NaN;
    const begins = Number.isNaN(start) ? (model.created[index] ?? now) : start;
    const known = model.end[index] ?? Number.NaN;
    const look = model.lookAt(index);
    if (Number.isNaN(start) && !isOver(look)) continue; // it waits: nothing executed
    const ends = Number.isNaN(known) ? now : known;
    if (ends < from || begins > to) continue;
    const rank = rankOf(look);
    looks[rank] = look;
    const first = Math.max(0, Math.floor((begins - from) / width));
    const last = Math.min(buckets - 1, Math.floor((ends - from) / width));
    for (let bucket = first; bucket <= last; bucket += 1) {
      if (rank < (ranks[bucket] ?? 255)) ranks[bucket] = rank;
    }
  }
  return joined(ranks, looks, from, width);
}

function joined(ranks: Uint8Array, looks: readonly Look[], from: number, width: number): Patch[] {
  const patches: Patch[] = [];
  let begun = 0;
  for (let bucket = 1; bucket <= ranks.length; bucket += 1) {
    if (bucket < ranks.length && ranks[bucket] === ranks[begun]) continue;
    const look = looks[ranks[begun] ?? 255];
    if (look !== undefined) {
      patches.push({ from: from + begun * width, to: from + bucket * width, look });
    }
    begun = bucket;
  }
  return patches;
}
