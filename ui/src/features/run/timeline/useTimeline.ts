/** What the timeline shows, computed anew when the store changes or one folds, filters or zooms. */

import { useCallback, useMemo, useState, useSyncExternalStore } from "react";
import { layoutRows, type Row } from "@/timeline/layout";
import { isOver } from "@/timeline/looks";
import { type Axis, axisOf, findGaps, padded, steadyEnd, type Window } from "@/timeline/scale";
import type { TimelineStore } from "@/timeline/store";
import { panned, windowOfRows, zoomed } from "@/timeline/window";
import type { Geometry } from "./Bars";

interface Options {
  readonly store: TimelineStore;
  readonly tasks: ReadonlySet<string>;
  readonly failedOnly: boolean;
  readonly isLive: boolean;
}

/** A timeline as it is shown. */
export interface ShownTimeline {
  readonly version: number;
  readonly rows: readonly Row[];
  readonly geometry: Geometry;
  readonly whole: Window;
  readonly origin: number;
  readonly isZoomed: boolean;
  readonly open: ReadonlySet<string>;
  readonly setOpen: (open: ReadonlySet<string>) => void;
  readonly setPixels: (pixels: number) => void;
  readonly setRange: (first: number, last: number) => void;
  readonly setWindow: (window: Window | null) => void;
  readonly zoom: (factor: number, at: number | null) => void;
  readonly pan: (part: number) => void;
}

/** Keep what is shown of a timeline. */
export function useTimeline({ store, tasks, failedOnly, isLive }: Options): ShownTimeline {
  const version = useSyncExternalStore(store.subscribe, store.getVersion);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [pixels, setPixels] = useState(800);
  const [[first, last], setPlaces] = useState<readonly [number, number]>([0, 40]);
  const [chosen, setWindow] = useState<Window | null>(null);
  const { now } = store;

  // biome-ignore lint/correctness/useExhaustiveDependencies: models change in place, the version tells
  const rows = useMemo(
    () => layoutRows(store.groups, { open, failedOnly, tasks, nested: store.nested }),
    [store, version, open, failedOnly, tasks],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above
  const { axis, whole, origin } = useMemo(() => frameOf(store, isLive), [store, version, isLive]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above
  const fitting = useMemo(
    () => windowOfRows(rows.slice(first, last + 1), axis, now),
    [rows, first, last, axis, now, version],
  );
  const window = chosen ?? fitting;
  const geometry = useMemo(() => ({ axis, window, pixels, now }), [axis, window, pixels, now]);
  const setRange = useCallback((from: number, to: number) => setPlaces([from, to]), []);
  return {
    version,
    rows,
    geometry,
    whole,
    origin,
    isZoomed: chosen !== null,
    open,
    setOpen,
    setPixels,
    setRange,
    setWindow,
    zoom: (factor, at) => {
      const point =
        at === null ? (window[0] + window[1]) / 2 : window[0] + (window[1] - window[0]) * at;
      setWindow(zoomed(window, whole, point, factor));
    },
    pan: (part) => setWindow(panned(window, whole, part)),
  };
}

/** The axis and the whole stretch of time of a flow run. */
function frameOf(
  store: TimelineStore,
  isLive: boolean,
): { axis: Axis; whole: Window; origin: number } {
  const { root, now } = store;
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  let isGrowing = isLive;
  for (let index = 0; index < root.size; index += 1) {
    if (!root.has(index)) continue;
    const created = root.created[index] ?? now;
    const end = root.end[index] ?? Number.NaN;
    if (created < from) from = created;
    if (Number.isNaN(end)) isGrowing ||= !isOver(root.lookAt(index));
    else if (end > to) to = end;
  }
  if (from > to && !isGrowing) return { axis: axisOf([]), whole: [0, 1_000_000], origin: 0 };
  const origin = Number.isFinite(from) ? from : now;
  const axis = axisOf(findGaps([root, ...store.nested.values()], now));
  const begin = axis.fold(origin);
  const [start, end] = padded([begin, axis.fold(isGrowing ? Math.max(now, origin) : to)]);
  return { axis, whole: [start, isGrowing ? steadyEnd(start, end) : end], origin };
}
