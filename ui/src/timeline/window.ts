/** Which stretch of time is on screen: that of the rows one sees, or the one that was chosen. */

import { spanOf } from "./bars";
import type { Row } from "./layout";
import { isOver } from "./looks";
import type { TimelineModel } from "./model";
import { type Axis, padded, steadyEnd, type Window } from "./scale";

/** Zooming goes no further than this many microseconds. */
const NARROWEST = 200;

/** Of the time that runs waited so much is shown, compared with the time they took. */
const WAITS = 0.5;

/**
 * Give the window that fits the rows on screen; it runs ahead of rows that still grow.
 *
 * Ten thousand runs that were called at once have waited for most of the flow run: of that only
 * the end is shown, or nothing else could be seen.
 */
export function windowOfRows(rows: readonly Row[], axis: Axis, now: number): Window {
  let [from, begun, to] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, -1];
  let isGrowing = false;
  for (const row of rows) {
    // Runs of an open group are rows of their own: the group would only widen the window.
    if (row.kind === "group" && row.isOpen && rows.length > 1) continue;
    const { model, members } = row.group;
    for (const index of row.kind === "group" ? members : [row.index]) {
      const [begins, ends] = spanOf(model, index, now);
      const start = model.start[index] ?? Number.NaN;
      from = Math.min(from, begins);
      begun = Math.min(begun, Number.isNaN(start) ? ends : firstStart(model, index, start));
      to = Math.max(to, ends);
      isGrowing ||= !isOver(model.lookAt(index));
    }
  }
  if (from > to) return [0, 1_000_000];
  const end = Math.max(axis.fold(to), axis.fold(begun) + NARROWEST);
  const begin = Math.max(axis.fold(from), axis.fold(begun) - (end - axis.fold(begun)) * WAITS);
  const [start, until] = padded([begin, end]);
  return [start, isGrowing ? steadyEnd(begin, end) : until];
}

function firstStart(model: TimelineModel, index: number, start: number): number {
  return model.attempts.get(index)?.[0]?.[0] ?? start;
}

/** Zoom about a point of the window, not further out than the whole. */
export function zoomed(window: Window, whole: Window, at: number, factor: number): Window {
  const from = at - (at - window[0]) * factor;
  const to = at + (window[1] - at) * factor;
  return within([from, to], whole);
}

/** Move the window by a part of its width. */
export function panned(window: Window, whole: Window, part: number): Window {
  const by = (window[1] - window[0]) * part;
  return within([window[0] + by, window[1] + by], whole);
}

/** Keep a window in the whole, and wide enough to be drawn. */
export function within([from, to]: Window, whole: Window): Window {
  const widest = whole[1] - whole[0];
  const width = Math.min(Math.max(to - from, Math.min(NARROWEST, widest)), widest);
  const begin = Math.min(Math.max(from, whole[0]), whole[1] - width);
  return [begin, begin + width];
}

/** A place on screen. */
export interface Place {
  readonly left: number;
  readonly width: number;
}

/** Give where a stretch of time is drawn; null: not on screen. */
export function placeOf(
  from: number,
  to: number,
  axis: Axis,
  window: Window,
  pixels: number,
): Place | null {
  const scale = pixels / (window[1] - window[0]);
  const left = (axis.fold(from) - window[0]) * scale;
  const right = (axis.fold(to) - window[0]) * scale;
  if (right < -2 || left > pixels + 2) return null;
  const begin = Math.max(left, -8);
  return { left: begin, width: Math.max(Math.min(right, pixels + 8) - begin, 0) };
}
