import { useNavigate } from "@tanstack/react-router";
import { scaleLinear } from "d3-scale";
import { line } from "d3-shape";
import { useMemo } from "react";
import type { ArtifactSeries } from "@/api/types";
import { clockOf } from "@/design/Time";
import { sayNumber } from "@/features/artifacts/data";
import { sayInstant } from "@/models/instant";
import { usePreferences } from "@/models/preferences";

const HEIGHT = 220;
const WIDTH = 1_000;
const MARGIN = 10;

type Point = ArtifactSeries["points"][number];

/** A number over the runs, oldest first. */
export function NumberChart({ points }: { points: readonly Point[] }) {
  const navigate = useNavigate();
  const clock = clockOf(usePreferences());
  const { x, y, path } = useMemo(() => layOut(points), [points]);
  const ticks = y.ticks(4);
  return (
    <div className="flex gap-2">
      <div
        className="relative w-14 shrink-0 text-right text-xs text-muted"
        style={{ height: HEIGHT }}
      >
        {ticks.map((tick) => (
          <span key={tick} className="absolute right-0 -translate-y-1/2" style={{ top: y(tick) }}>
            {sayNumber(tick)}
          </span>
        ))}
      </div>
      <div className="relative min-w-0 flex-1" style={{ height: HEIGHT }}>
        <svg
          role="img"
          aria-label={`${points.length} numbers over the runs`}
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          className="absolute inset-0 size-full overflow-visible"
        >
          {ticks.map((tick) => (
            <line
              key={tick}
              x1={0}
              x2={WIDTH}
              y1={y(tick)}
              y2={y(tick)}
              vectorEffect="non-scaling-stroke"
              style={{ stroke: "var(--line)" }}
            />
          ))}
          <path
            d={path}
            fill="none"
            strokeWidth={1.5}
            vectorEffect="non-scaling-stroke"
            style={{ stroke: "var(--accent)" }}
          />
        </svg>
        {points.map((point, place) => (
          <button
            key={point.artifact_id}
            type="button"
            aria-label={`${sayNumber(point.value)} in ${point.flow_run_name ?? "no run"}`}
            data-tip={`${sayNumber(point.value)}\n${point.flow_run_name ?? ""}\n${sayInstant(Date.parse(point.created), clock, "full", 0)}`}
            onClick={() => {
              if (point.flow_run_id === null) return;
              void navigate({ to: "/runs/$id", params: { id: point.flow_run_id } });
            }}
            className="absolute flex size-5 -translate-1/2 items-center justify-center rounded-full after:size-1.5 after:rounded-full after:bg-accent hover:after:size-2.5"
            style={{ left: `${(x(place) / WIDTH) * 100}%`, top: y(point.value) }}
          />
        ))}
      </div>
    </div>
  );
}

function layOut(points: readonly Point[]) {
  const values = points.map(({ value }) => value);
  const lowest = Math.min(...values);
  const highest = Math.max(...values);
  // One value, or the same each time, needs a scale too.
  const spread = highest === lowest ? Math.abs(highest) * 0.1 || 1 : 0;
  const y = scaleLinear([lowest - spread, highest + spread], [HEIGHT - MARGIN, MARGIN]).nice(4);
  const last = Math.max(1, points.length - 1);
  const x = scaleLinear([0, last], points.length === 1 ? [WIDTH / 2, WIDTH / 2] : [12, WIDTH - 12]);
  const draw = line<Point>()
    .x((_, place) => x(place))
    .y(({ value }) => y(value));
  return { path: draw([...points]) ?? "", x, y };
}
