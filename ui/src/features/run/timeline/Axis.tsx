/** The marks above the bars: time since the flow run began, and where idle time was cut out. */

import type { ReactNode } from "react";
import { duration } from "@/models/duration";
import { sayTick, ticksOf } from "@/timeline/scale";
import type { Geometry } from "./Bars";

/** Labels need so much room. */
const ROOM = 84;
/** A label that would be cut off at the right is left out. */
const LABEL = 46;

export function Axis({ geometry, origin }: { geometry: Geometry; origin: number }): ReactNode {
  const { axis, window, pixels } = geometry;
  const scale = pixels / (window[1] - window[0]);
  const most = Math.max(1, Math.floor(pixels / ROOM));
  const ticks = ticksOf(axis, window, origin, most).filter(
    (tick) => (tick.at - window[0]) * scale < pixels - LABEL,
  );
  const step = (ticks[1]?.since ?? 0) - (ticks[0]?.since ?? 0);
  return (
    <div className="tl-axis" aria-hidden>
      {ticks.map((tick) => (
        <span key={tick.since} className="tl-tick" style={{ left: (tick.at - window[0]) * scale }}>
          {sayTick(tick.since, step)}
        </span>
      ))}
      {axis.gaps.map((gap) => {
        const left = (axis.fold(gap.from) - window[0]) * scale;
        const width = gap.drawn * scale;
        if (left + width < 0 || left > pixels) return null;
        return (
          <span
            key={gap.from}
            className="tl-gap"
            title={`${duration((gap.to - gap.from) / 1e6)} in which nothing executed`}
            style={{ left, width }}
          />
        );
      })}
    </div>
  );
}
