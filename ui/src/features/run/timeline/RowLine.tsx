/** A line of the timeline. It has no handlers and no state: the list has them for all. */

import { ChevronRight, Workflow } from "lucide-react";
import { memo, type ReactNode } from "react";
import { StateIcon } from "@/design/StateBadge";
import { duration } from "@/models/duration";
import { countsInWords, type Row } from "@/timeline/layout";
import { type Geometry, RowBars } from "./Bars";
import { isFlow, nameOf, secondsOf, stateName } from "./describe";

interface RowLineProps {
  readonly row: Row;
  readonly place: number;
  readonly top: number;
  readonly geometry: Geometry;
  readonly isActive: boolean;
  readonly isChosen: boolean;
  readonly isCritical: boolean;
}

export const RowLine = memo(function RowLine(props: RowLineProps): ReactNode {
  const { row, place, top, geometry, isActive, isChosen, isCritical } = props;
  const marks = `${isActive ? " tl-active" : ""}${isChosen ? " tl-chosen" : ""}${isCritical ? " tl-critical" : ""}`;
  return (
    <div
      role="row"
      id={`tl-row-${place}`}
      className={`tl-row${marks}`}
      aria-level={row.depth + 1}
      aria-rowindex={place + 2}
      aria-selected={isChosen}
      aria-expanded={row.canOpen ? row.isOpen : undefined}
      data-place={place}
      style={{ transform: `translateY(${top}px)` }}
    >
      <NameCell row={row} />
      <div role="gridcell" className="tl-took tabular-nums">
        {duration(secondsOf(row, geometry.now))}
      </div>
      <div role="gridcell" className="tl-bars">
        <span className="sr-only">{inWords(row)}</span>
        <RowBars row={row} geometry={geometry} />
      </div>
    </div>
  );
});

function NameCell({ row }: { row: Row }): ReactNode {
  const isGroup = row.kind === "group";
  const look = isGroup ? row.group.look : row.group.model.lookAt(row.index);
  return (
    <div role="gridcell" className="tl-name" style={{ paddingLeft: 4 + row.depth * 16 }}>
      <span
        className={`tl-fold${row.isOpen ? " tl-open" : ""}`}
        data-fold={row.canOpen || undefined}
      >
        {row.canOpen ? <ChevronRight size={14} aria-hidden /> : null}
      </span>
      <StateIcon look={look} />
      {isFlow(row) ? <Workflow size={13} aria-label="nested flow" className="tl-flow" /> : null}
      <span className="tl-label">{nameOf(row)}</span>
      {isGroup ? <Counts row={row} /> : null}
    </div>
  );
}

function Counts({ row }: { row: Row }): ReactNode {
  const { counts, members, total } = row.group;
  return (
    <span className="tl-counts tabular-nums">
      <span className="tl-times">
        ×{members.length.toLocaleString("en")}
        {members.length < total ? ` of ${total.toLocaleString("en")}` : ""}
      </span>
      {counts.slice(0, 3).map(([look, count]) => (
        <span key={look} className={`tl-count look-${look}`}>
          <StateIcon look={look} size={12} />
          {count.toLocaleString("en")}
        </span>
      ))}
    </span>
  );
}

function inWords(row: Row): string {
  if (row.kind === "group") return countsInWords(row.group.counts);
  return stateName(row.group.model, row.index);
}
