import { useNavigate } from "@tanstack/react-router";
import { scaleLinear } from "d3-scale";
import { useMemo } from "react";
import type { FlowDetail } from "@/api/types";
import { fillOf, WORDS } from "@/design/icons";
import { clockOf } from "@/design/Time";
import { findTicks, findTop } from "@/features/flows/ticks";
import { duration } from "@/models/duration";
import { sayInstant } from "@/models/instant";
import { usePreferences } from "@/models/preferences";
import { lookOf } from "@/timeline/looks";

const HEIGHT = 132;
const STEP = 10;

type Point = FlowDetail["trend"][number];
type Props = { points: readonly Point[]; median: number | null };

/** How long each of the last runs took: one bar a run, in the colour of its state. */
export function TrendChart({ points, median }: Props) {
  const navigate = useNavigate();
  const preferences = usePreferences();
  const scale = useMemo(() => {
    const top = findTop(points.map(({ seconds }) => seconds));
    return scaleLinear([0, top], [0, HEIGHT - 8]).clamp(true);
  }, [points]);
  const clock = clockOf(preferences);
  const top = scale.domain()[1] ?? 1;
  const ticks = findTicks(top, 4);
  const width = Math.max(points.length, 30) * STEP;
  const yOf = (seconds: number) => HEIGHT - scale(seconds);
  return (
    <div className="flex gap-2">
      <div
        className="relative w-16 shrink-0 text-right text-xs text-muted"
        style={{ height: HEIGHT }}
      >
        {ticks.map((tick) => (
          <span
            key={tick}
            className="absolute right-0 -translate-y-1/2 whitespace-nowrap"
            style={{ top: yOf(tick) }}
          >
            {duration(tick)}
          </span>
        ))}
      </div>
      <div className="relative min-w-0 flex-1" style={{ height: HEIGHT }}>
        <svg
          role="img"
          aria-label={`How long the last ${points.length} runs took`}
          viewBox={`0 0 ${width} ${HEIGHT}`}
          preserveAspectRatio="none"
          className="absolute inset-0 size-full"
        >
          {ticks.map((tick) => (
            <Line key={tick} y={yOf(tick)} width={width} colour="var(--line)" />
          ))}
          {points.map(({ flow_run_id, state_type, seconds }, place) => (
            <g key={flow_run_id} style={{ fill: fillOf(lookOf(state_type, "")) }}>
              <rect
                x={place * STEP + 1}
                y={Math.min(yOf(seconds), HEIGHT - 2)}
                width={STEP - 2}
                height={Math.max(2, scale(seconds))}
              />
              {seconds > top && <rect x={place * STEP + 1} y={1} width={STEP - 2} height={4} />}
            </g>
          ))}
          {median !== null && (
            <Line y={yOf(median)} width={width} colour="var(--accent)" isDashed />
          )}
        </svg>
        <div
          className="absolute inset-y-0 left-0 flex"
          style={{ width: `${((points.length * STEP) / width) * 100}%` }}
        >
          {points.map((point) => (
            <button
              key={point.flow_run_id}
              type="button"
              tabIndex={-1}
              aria-label={point.name}
              data-tip={`${point.name}: ${WORDS[lookOf(point.state_type, "")].toLowerCase()} after ${duration(point.seconds)}\n${sayInstant(Date.parse(point.start_time), clock, "full", 0)}`}
              onClick={() => void navigate({ to: "/runs/$id", params: { id: point.flow_run_id } })}
              className="h-full flex-1 hover:bg-ink/8"
            />
          ))}
        </div>
      </div>
    </div>
  );
}

type LineProps = { y: number; width: number; colour: string; isDashed?: boolean };

function Line({ y, width, colour, isDashed = false }: LineProps) {
  return (
    <line
      x1={0}
      x2={width}
      y1={y}
      y2={y}
      vectorEffect="non-scaling-stroke"
      strokeDasharray={isDashed ? "4 4" : undefined}
      style={{ stroke: colour }}
    />
  );
}
