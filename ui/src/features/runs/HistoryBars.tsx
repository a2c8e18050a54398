import { type PointerEvent, useMemo, useRef, useState } from "react";
import type { History } from "@/api/types";
import { fillOf, WORDS } from "@/design/icons";
import { clockOf } from "@/design/Time";
import { useWidth } from "@/design/useWidth";
import { type Bar, stackBars } from "@/features/runs/stack";
import { sayInstant } from "@/models/instant";
import { usePreferences } from "@/models/preferences";

const HEIGHT = 52;
/** Bars are not wider than this, however few there are. */
const WIDEST = 28;

type Props = {
  /** Null: not known yet. */
  history: History | null;
  onZoom: (from: number, to: number) => void;
};

type Drag = { readonly from: number; readonly to: number };

/** How many runs there were over time, by state; dragging across gives a span. */
export function HistoryBars({ history, onZoom }: Props) {
  const preferences = usePreferences();
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(1_000);
  useWidth(box, setWidth);
  const [drag, setDrag] = useState<Drag | null>(null);
  const bars = useMemo(() => (history === null ? [] : stackBars(history, HEIGHT)), [history]);

  const step = width / Math.max(1, bars.length);
  const placeOf = (event: PointerEvent) => {
    const area = box.current?.getBoundingClientRect();
    if (area === undefined || bars.length === 0) return 0;
    const part = (event.clientX - area.left) / area.width;
    return Math.min(bars.length - 1, Math.max(0, Math.floor(part * bars.length)));
  };
  const finish = () => {
    if (drag !== null) {
      const first = bars[Math.min(drag.from, drag.to)];
      const last = bars[Math.max(drag.from, drag.to)];
      const isWorthIt = drag.from !== drag.to || (first?.total ?? 0) > 0;
      if (first !== undefined && last !== undefined && isWorthIt) onZoom(first.start, last.end);
    }
    setDrag(null);
  };
  const say = (at: number) => sayInstant(at, clockOf(preferences), "full", at);
  return (
    <div
      ref={box}
      className="relative cursor-crosshair touch-pan-y select-none"
      style={{ height: HEIGHT }}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        const place = placeOf(event);
        setDrag({ from: place, to: place });
      }}
      onPointerMove={(event) => {
        if (drag !== null) setDrag({ ...drag, to: placeOf(event) });
      }}
      onPointerUp={finish}
      onPointerCancel={() => setDrag(null)}
    >
      <svg
        role="img"
        aria-label={`${(history?.total ?? 0).toLocaleString("en")} runs over time`}
        viewBox={`0 0 ${width} ${HEIGHT}`}
        className="block size-full"
      >
        <defs>
          <pattern
            id="hatch"
            width="6"
            height="6"
            patternUnits="userSpaceOnUse"
            patternTransform="rotate(45)"
          >
            <rect width="6" height="6" style={{ fill: fillOf("failed") }} />
            <rect width="2" height="6" style={{ fill: "var(--panel)", opacity: 0.45 }} />
          </pattern>
        </defs>
        {bars.map((bar, place) => (
          <Column key={bar.start} bar={bar} x={place * step} step={step} />
        ))}
      </svg>
      <div className="absolute inset-0 flex">
        {bars.map((bar) => (
          <div
            key={bar.start}
            className="h-full flex-1 hover:bg-ink/5"
            data-tip={tipOf(bar, say)}
          />
        ))}
      </div>
      {drag !== null && drag.from !== drag.to && (
        <div
          className="pointer-events-none absolute inset-y-0 border-x border-accent bg-accent/15"
          style={{
            left: `${(Math.min(drag.from, drag.to) / bars.length) * 100}%`,
            width: `${((Math.abs(drag.to - drag.from) + 1) / bars.length) * 100}%`,
          }}
        />
      )}
    </div>
  );
}

function Column({ bar, x, step }: { bar: Bar; x: number; step: number }) {
  const width = Math.max(1, Math.min(step - 2, WIDEST));
  const left = x + (step - width) / 2;
  if (bar.total === 0) {
    return (
      <rect x={left} y={HEIGHT - 1} width={width} height={1} style={{ fill: "var(--line)" }} />
    );
  }
  return bar.segments.map(({ look, y, height }) => (
    <rect
      key={look}
      x={left}
      y={y}
      width={width}
      height={height}
      style={{ fill: look === "failed" && height > 4 ? "url(#hatch)" : fillOf(look) }}
    />
  ));
}

function tipOf(bar: Bar, say: (at: number) => string): string {
  const counts = [...bar.segments]
    .reverse()
    .map(({ look, count }) => `${count.toLocaleString("en")} ${WORDS[look].toLowerCase()}`);
  return [
    `${say(bar.start)} to ${say(bar.end)}`,
    ...(counts.length > 0 ? counts : ["no run"]),
  ].join("\n");
}
