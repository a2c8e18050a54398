/**
 * The rows of the timeline: only those on screen are there, and the list handles events for all.
 *
 * To those who listen it is a tree grid: task, time taken, state.
 */

import { useVirtualizer } from "@tanstack/react-virtual";
import { type MouseEvent, type PointerEvent, type ReactNode, useEffect, useRef } from "react";
import { useIsWide } from "@/design/media";
import { useWidth } from "@/design/useWidth";
import type { Row } from "@/timeline/layout";
import { Axis } from "./Axis";
import type { Geometry } from "./Bars";
import { keyHandler } from "./keyHandler";
import { RowLine } from "./RowLine";
import type { PointerStore } from "./Tooltip";
import { useLiveEdge } from "./useLiveEdge";

interface RowsProps {
  readonly rows: readonly Row[];
  readonly geometry: Geometry;
  readonly origin: number;
  readonly active: number;
  readonly chosen: string | null;
  readonly critical: ReadonlySet<string>;
  readonly pointer: PointerStore;
  readonly isLive: boolean;
  readonly onActive: (place: number) => void;
  readonly onChoose: (row: Row) => void;
  readonly onToggle: (row: Row) => void;
  readonly onRange: (first: number, last: number) => void;
  readonly onPixels: (pixels: number) => void;
  readonly onZoom: (factor: number, at: number | null) => void;
  readonly onPan: (part: number) => void;
  readonly onFit: () => void;
}

const AHEAD = 6;

export function Rows(props: RowsProps): ReactNode {
  const { rows, geometry, active, onActive, onRange, onPixels, pointer } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const bars = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const height = useIsWide() ? 28 : 36;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: AHEAD,
    scrollMargin: 28,
    scrollPaddingStart: 28,
    getItemKey: (place) => rows[place]?.id ?? place,
  });
  useEffect(() => {
    virtual.options.estimateSize = () => height;
    virtual.measure();
  }, [height, virtual]);
  useWidth(bars, onPixels);
  useLiveEdge(body, geometry, props.isLive);

  const items = virtual.getVirtualItems();
  const top = virtual.scrollOffset ?? 0;
  const view = virtual.scrollRect?.height ?? 0;
  const first = Math.max(0, Math.floor(top / height));
  const last = Math.min(rows.length - 1, Math.floor((top + view - 28) / height));
  useEffect(() => onRange(first, last), [onRange, first, last]);

  const keys = keyHandler({
    rows,
    active,
    page: Math.max(1, last - first - 1),
    onActive: (place) => {
      onActive(place);
      virtual.scrollToIndex(place, { align: "auto" });
    },
    onChoose: props.onChoose,
    onToggle: props.onToggle,
    onZoom: (factor) => props.onZoom(factor, null),
    onPan: props.onPan,
    onFit: props.onFit,
  });
  useWheelZoom(scroller, bars, props.onZoom);

  function press(event: MouseEvent<HTMLDivElement>): void {
    const place = placeUnder(event.target);
    const row = place === null ? undefined : rows[place];
    if (place === null || row === undefined) return;
    onActive(place);
    const isFold = event.target instanceof Element && event.target.closest("[data-fold]") !== null;
    if (isFold || row.kind === "group") props.onToggle(row);
    else props.onChoose(row);
  }

  function point(event: PointerEvent<HTMLDivElement>): void {
    const isOnBars = event.target instanceof Element && event.target.closest(".tl-bars") !== null;
    const place = isOnBars ? placeUnder(event.target) : null;
    const row = place === null ? undefined : rows[place];
    if (row === undefined || event.pointerType === "touch") pointer.set(null);
    else pointer.set({ row, x: event.clientX, y: event.clientY });
  }

  return (
    <div
      ref={scroller}
      className="tl-scroll"
      role="treegrid"
      tabIndex={0}
      aria-label="Timeline of task runs"
      aria-rowcount={rows.length + 1}
      aria-activedescendant={
        items.some((item) => item.index === active) ? `tl-row-${active}` : undefined
      }
      onKeyDown={keys}
      onClick={press}
      onPointerMove={point}
      onPointerLeave={() => pointer.set(null)}
      onScroll={() => pointer.set(null)}
    >
      <div className="tl-head" role="row" aria-rowindex={1}>
        <span role="columnheader">Task</span>
        <span role="columnheader">Took</span>
        <div role="columnheader" ref={bars}>
          <span className="sr-only">State, over time</span>
          <Axis geometry={geometry} origin={props.origin} />
        </div>
      </div>
      <div
        ref={body}
        role="rowgroup"
        className="tl-body"
        style={{ height: virtual.getTotalSize() }}
      >
        {items.map((item) => {
          const row = rows[item.index];
          if (row === undefined) return null;
          return (
            <RowLine
              key={item.key}
              row={row}
              place={item.index}
              top={item.start - 28}
              geometry={geometry}
              isActive={item.index === active}
              isChosen={row.id === props.chosen}
              isCritical={props.critical.has(row.id)}
            />
          );
        })}
      </div>
    </div>
  );
}

function placeUnder(target: EventTarget): number | null {
  const line = target instanceof Element ? target.closest<HTMLElement>("[data-place]") : null;
  return line === null ? null : Number(line.dataset.place);
}

/** Ctrl and the wheel zoom where the pointer is. React's own listener could not stop the page's zoom. */
function useWheelZoom(
  scroller: { readonly current: HTMLDivElement | null },
  bars: { readonly current: HTMLDivElement | null },
  onZoom: (factor: number, at: number | null) => void,
): void {
  const zoom = useRef(onZoom);
  zoom.current = onZoom;
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    function turn(event: WheelEvent): void {
      const box = bars.current?.getBoundingClientRect();
      if (!event.ctrlKey || box === undefined) return;
      event.preventDefault();
      const at = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
      zoom.current(Math.exp(event.deltaY / 300), at);
    }
    element.addEventListener("wheel", turn, { passive: false });
    return () => element.removeEventListener("wheel", turn);
  }, [scroller, bars]);
}
