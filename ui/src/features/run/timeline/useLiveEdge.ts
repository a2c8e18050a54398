/**
 * Moves the end of bars that grow, without rendering anything.
 *
 * Such bars end at the variable `--now` of the body, in pixels; ten times a second it is set to
 * where the server's clock is by now.
 */

import { type RefObject, useEffect, useRef } from "react";
import type { Geometry } from "./Bars";

const EVERY_MS = 100;

export function useLiveEdge(
  body: RefObject<HTMLElement | null>,
  geometry: Geometry,
  isLive: boolean,
): void {
  const since = useRef({ now: 0, at: 0 });
  if (since.current.now !== geometry.now) {
    since.current = { now: geometry.now, at: performance.now() };
  }
  useEffect(() => {
    const { axis, window, pixels } = geometry;
    function place(): void {
      const passed = isLive ? (performance.now() - since.current.at) * 1_000 : 0;
      const scale = pixels / (window[1] - window[0]);
      const left = (axis.fold(since.current.now + passed) - window[0]) * scale;
      body.current?.style.setProperty("--now", left.toFixed(1));
    }
    place();
    if (!isLive) return;
    const timer = setInterval(place, EVERY_MS);
    return () => clearInterval(timer);
  }, [body, geometry, isLive]);
}
