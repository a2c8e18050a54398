/** What is drawn in the right part of a row: attempts and waits, or a group's density. */

import type { CSSProperties, ReactNode } from "react";
import { type Bar, barsOf, densityOf, type Patch } from "@/timeline/bars";
import type { Group, Row } from "@/timeline/layout";
import type { Axis, Window } from "@/timeline/scale";
import { placeOf } from "@/timeline/window";

/** From time to pixels. */
export interface Geometry {
  readonly axis: Axis;
  readonly window: Window;
  readonly pixels: number;
  readonly now: number;
}

/** Bars are at least so wide, that they can be seen and pointed at. */
const THINNEST = 3;
/** Of bars whose attempts are too many to be told apart the last ones are drawn. */
const MOST = 24;

export function RowBars({ row, geometry }: { row: Row; geometry: Geometry }): ReactNode {
  if (row.kind === "group") return <GroupBar group={row.group} geometry={geometry} />;
  const bars = barsOf(row.group.model, row.index).slice(-MOST);
  return bars.map((bar) => (
    <BarMark key={`${bar.kind}${bar.from}`} bar={bar} geometry={geometry} />
  ));
}

function BarMark({ bar, geometry }: { bar: Bar; geometry: Geometry }): ReactNode {
  const { axis, window, pixels, now } = geometry;
  const place = placeOf(bar.from, bar.to ?? Math.max(now, bar.from), axis, window, pixels);
  if (place === null) return null;
  if (bar.kind === "wait" && place.width < 2) return null;
  return (
    <span
      className={`tl-bar tl-${bar.kind} look-${bar.look}${bar.to === null ? " tl-live" : ""}`}
      style={styleOf(place.left, place.width, bar)}
    />
  );
}

/** A bar that goes on ends at `--now`, which moves without anything being rendered. */
function styleOf(left: number, width: number, bar: Bar): CSSProperties {
  if (bar.to !== null) {
    return { left, width: bar.kind === "wait" ? width : Math.max(width, THINNEST) };
  }
  return { left, width: `max(${THINNEST}px, calc(var(--now) * 1px - ${left}px))` };
}

function GroupBar({ group, geometry }: { group: Group; geometry: Geometry }): ReactNode {
  const { axis, window, pixels, now } = geometry;
  const parts = Math.max(20, Math.min(240, Math.floor(pixels / 3)));
  const { main, trouble } = densityOf(group, axis, window, now, parts);
  if (main.length === 0) return null;
  const backgroundImage = `${gradientOf(trouble, geometry)}, ${gradientOf(main, geometry)}`;
  return <span className="tl-density" style={{ backgroundImage }} />;
}

/** One element however many patches: ten groups must not be a thousand elements. */
function gradientOf(patches: readonly Patch[], { window, pixels }: Geometry): string {
  const scale = pixels / (window[1] - window[0]);
  const stops = ["transparent 0"];
  let at = 0;
  for (const patch of patches) {
    const left = Math.max(at, (patch.from - window[0]) * scale);
    const right = Math.max((patch.to - window[0]) * scale, left + THINNEST);
    const colour = `var(--fill-${patch.look})`;
    stops.push(`transparent ${px(at)} ${px(left)}`, `${colour} ${px(left)} ${px(right)}`);
    at = right;
  }
  stops.push(`transparent ${px(at)}`);
  return `linear-gradient(90deg, ${stops.join(", ")})`;
}

function px(value: number): string {
  return `${value.toFixed(1)}px`;
}
