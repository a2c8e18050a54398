/** Keys of the timeline, as tree grids have them, and a few for the axis. */

import type { KeyboardEvent } from "react";
import type { Row } from "@/timeline/layout";

interface Keys {
  readonly rows: readonly Row[];
  readonly active: number;
  /** Rows in a page. */
  readonly page: number;
  readonly onActive: (place: number) => void;
  readonly onChoose: (row: Row) => void;
  readonly onToggle: (row: Row) => void;
  readonly onZoom: (factor: number) => void;
  readonly onPan: (part: number) => void;
  readonly onFit: () => void;
}

/** Give a handler of keys for the element that has the focus. */
export function keyHandler(keys: Keys): (event: KeyboardEvent) => void {
  const { rows, active, page, onActive } = keys;
  const row = rows[active];
  const go = (place: number): void => {
    if (rows.length > 0) onActive(Math.min(Math.max(place, 0), rows.length - 1));
  };
  const meanings = new Map<string, () => void>([
    ["ArrowDown", () => go(active + 1)],
    ["ArrowUp", () => go(active - 1)],
    ["PageDown", () => go(active + page)],
    ["PageUp", () => go(active - page)],
    ["Home", () => go(0)],
    ["End", () => go(rows.length - 1)],
    [
      "ArrowRight",
      () => {
        if (row?.canOpen && !row.isOpen) keys.onToggle(row);
        else go(active + 1);
      },
    ],
    [
      "ArrowLeft",
      () => {
        if (row?.isOpen) keys.onToggle(row);
        else go(parentOf(rows, active));
      },
    ],
    ["Enter", () => row && (row.kind === "group" ? keys.onToggle(row) : keys.onChoose(row))],
    [" ", () => row && (row.canOpen ? keys.onToggle(row) : keys.onChoose(row))],
    ["+", () => keys.onZoom(0.6)],
    ["=", () => keys.onZoom(0.6)],
    ["-", () => keys.onZoom(1 / 0.6)],
    ["0", () => keys.onFit()],
    ["[", () => keys.onPan(-0.3)],
    ["]", () => keys.onPan(0.3)],
  ]);
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const meaning = meanings.get(event.key);
    if (meaning === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    meaning();
  };
}

function parentOf(rows: readonly Row[], place: number): number {
  const depth = rows[place]?.depth ?? 0;
  for (let above = place - 1; above >= 0; above -= 1) {
    if ((rows[above]?.depth ?? 0) < depth) return above;
  }
  return place;
}
