/** Lays the bars of a history out: from the bottom up, the most telling states on top. Pure. */

import type { History } from "@/api/types";
import { LOOKS, type Look, lookOf } from "@/timeline/looks";

export type Segment = {
  readonly look: Look;
  readonly count: number;
  readonly y: number;
  readonly height: number;
};

export type Bar = {
  readonly start: number;
  readonly end: number;
  readonly total: number;
  readonly segments: readonly Segment[];
};

/** A state that occurs at all is at least so high, in pixels: one failure in a thousand is seen. */
const LEAST = 2;

/** Lay a history out into a place of a height; `y` counts from the top. */
export function stackBars(history: History, height: number): Bar[] {
  const totals = history.buckets.map(({ counts }) => sumOf(counts));
  const most = Math.max(1, ...totals);
  return history.buckets.map(({ start, end, counts }, place) => ({
    end: Date.parse(end),
    segments: stackOne(counts, most, height),
    start: Date.parse(start),
    total: totals[place] ?? 0,
  }));
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function stackOne(
  counts: Readonly<Record<string, number>>,
  most: number,
  height: number,
): Segment[] {
  const byLook = new Map<Look, number>();
  for (const [type, count] of Object.entries(counts)) {
    const look = lookOf(type, "");
    byLook.set(look, (byLook.get(look) ?? 0) + count);
  }
  // LOOKS begins with the most telling, which belongs on top: so it is stacked last.
  const found = [...LOOKS].reverse().flatMap((look) => {
    const count = byLook.get(look) ?? 0;
    return count === 0 ? [] : [{ count, height: Math.max(LEAST, (count / most) * height), look }];
  });
  const whole = found.reduce((sum, segment) => sum + segment.height, 0);
  const scale = whole > height ? height / whole : 1;
  let top = height;
  return found.map((segment) => {
    const size = segment.height * scale;
    top -= size;
    return { ...segment, height: size, y: top };
  });
}
