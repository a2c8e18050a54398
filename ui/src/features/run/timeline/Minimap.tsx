/** The whole run in a strip: drag over it to look at a part, double click to see what fits. */

import { type PointerEvent, type ReactNode, useEffect, useRef } from "react";
import type { TimelineModel } from "@/timeline/model";
import type { Window } from "@/timeline/scale";
import { panned, within } from "@/timeline/window";
import type { Geometry } from "./Bars";
import { paintMinimap } from "./paint";

interface MinimapProps {
  readonly model: TimelineModel;
  readonly version: number;
  readonly geometry: Geometry;
  readonly whole: Window;
  /** Changes when the colours do. */
  readonly theme: string;
  readonly onWindow: (window: Window | null) => void;
}

/** A movement of less than this many pixels is a click. */
const CLICK = 4;

export function Minimap(props: MinimapProps): ReactNode {
  const { model, version, geometry, whole, theme, onWindow } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const begun = useRef<{ x: number; window: Window | null } | null>(null);
  const { axis, window, now } = geometry;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the model changes in place, its version tells; colours come with the theme
  useEffect(() => {
    if (canvas.current !== null) paintMinimap(canvas.current, model, axis, whole, now);
  }, [model, version, axis, whole, now, theme, geometry.pixels]);

  const width = whole[1] - whole[0];
  const left = ((window[0] - whole[0]) / width) * 100;
  const right = ((window[1] - whole[0]) / width) * 100;

  function press(event: PointerEvent<HTMLDivElement>): void {
    const at = timeAt(event, whole);
    event.currentTarget.setPointerCapture(event.pointerId);
    const isInside = at > window[0] && at < window[1] && window[1] - window[0] < width * 0.95;
    begun.current = { x: event.clientX, window: isInside ? window : null };
  }

  function move(event: PointerEvent<HTMLDivElement>): void {
    const start = begun.current;
    if (start === null || Math.abs(event.clientX - start.x) < CLICK) return;
    const box = event.currentTarget.getBoundingClientRect();
    const by = ((event.clientX - start.x) / box.width) * width;
    if (start.window !== null) {
      const part = by / (start.window[1] - start.window[0]);
      onWindow(panned(start.window, whole, part));
      return;
    }
    const at = timeAt(event, whole);
    onWindow(within([Math.min(at, at - by), Math.max(at, at - by)], whole));
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: for pointers only; keys zoom and move in the rows
    <div
      className="tl-minimap"
      title="Drag to look at a part; double click to fit what is on screen"
      onPointerDown={press}
      onPointerMove={move}
      onPointerUp={() => {
        begun.current = null;
      }}
      onDoubleClick={() => onWindow(null)}
    >
      <canvas ref={canvas} aria-hidden />
      {right - left > 99 ? null : (
        <span
          className="tl-brush"
          style={{ left: `${Math.max(0, left)}%`, right: `${Math.max(0, 100 - right)}%` }}
        />
      )}
    </div>
  );
}

function timeAt(event: PointerEvent<HTMLDivElement>, whole: Window): number {
  const box = event.currentTarget.getBoundingClientRect();
  return whole[0] + ((event.clientX - box.left) / box.width) * (whole[1] - whole[0]);
}
