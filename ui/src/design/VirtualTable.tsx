import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, type RefObject, useEffect, useRef } from "react";
import { usePreferences } from "@/models/preferences";

export type Column<Row> = {
  id: string;
  head: ReactNode;
  /** A track of a CSS grid: `120px`, `minmax(140px, 2fr)`. */
  width: string;
  cell: (row: Row, index: number) => ReactNode;
  isRight?: boolean;
};

type Props<Row> = {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** Rows in all, of which `rows` are the first; for screen readers. */
  total?: number;
  /** Called when the end comes near. */
  onEnd?: () => void;
  /** Row that the keyboard is at. */
  current?: number | null;
  isSelected?: (row: Row) => boolean;
  onRow?: (row: Row, event: { isNewTab: boolean }) => void;
  /** Height of a row in pixels; by default that of the density preferred. */
  rowHeight?: number;
  /** Height of all above the rows, inside the scrolled element. */
  scrollRef?: RefObject<HTMLDivElement | null>;
  className?: string;
};

const OVERSCAN = 12;

/**
 * A table of any length: only the rows in sight are in the page.
 *
 * For screen readers it is a table with its true number of rows. Hovering is CSS only.
 */
export function VirtualTable<Row>(props: Props<Row>) {
  const { label, columns, rows, keyOf, total, onEnd, current = null, className = "" } = props;
  const own = useRef<HTMLDivElement>(null);
  const scroller = props.scrollRef ?? own;
  const { density } = usePreferences();
  const height = props.rowHeight ?? (density === "compact" ? 28 : 36);
  const virtual = useVirtualizer({
    count: rows.length,
    estimateSize: () => height,
    getItemKey: (index) => {
      const row = rows[index];
      return row === undefined ? index : keyOf(row);
    },
    getScrollElement: () => scroller.current,
    overscan: OVERSCAN,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: sizes are asked for anew when the height changes
  useEffect(() => virtual.measure(), [height]);
  useEffect(() => {
    if (current !== null) virtual.scrollToIndex(current, { align: "auto" });
  }, [current, virtual]);

  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (rows.length > 0 && last >= rows.length - OVERSCAN - 4) onEnd?.();
  }, [last, rows.length, onEnd]);

  const tracks = { gridTemplateColumns: columns.map(({ width }) => width).join(" ") };
  return (
    <div
      ref={scroller}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
      tabIndex={0}
      className={`min-h-0 flex-1 overflow-auto outline-offset-[-2px] ${className}`}
    >
      <div
        role="table"
        aria-label={label}
        aria-rowcount={(total ?? rows.length) + 1}
        className="min-w-max md:min-w-full"
      >
        <div role="rowgroup" className="sticky top-0 z-10 bg-panel">
          <div
            role="row"
            aria-rowindex={1}
            className="grid min-h-8 items-center border-b border-line px-3 text-xs text-muted"
            style={tracks}
          >
            {columns.map(({ id, head, isRight }) => (
              <div
                key={id}
                role="columnheader"
                className={`truncate px-1.5 ${isRight === true ? "text-right" : ""}`}
              >
                {head}
              </div>
            ))}
          </div>
        </div>
        <div role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            const isCurrent = item.index === current;
            const isSelected = props.isSelected?.(row) ?? false;
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the row holds a link; the click is a short cut
              <div
                key={item.key}
                role="row"
                aria-rowindex={item.index + 2}
                {...(props.isSelected === undefined ? {} : { "aria-selected": isSelected })}
                data-current={isCurrent || undefined}
                className={`absolute inset-x-0 grid items-center border-b border-line px-3 text-sm ${
                  isSelected ? "bg-selected" : "hover:bg-hover"
                } ${isCurrent ? "shadow-[inset_2px_0_0_var(--accent)]" : ""} ${
                  props.onRow === undefined ? "" : "cursor-pointer"
                }`}
                style={{ ...tracks, height, transform: `translateY(${item.start}px)` }}
                onClick={(event) => {
                  const target = event.target as Element;
                  if (target.closest("a,button,input,label,[role=checkbox]") !== null) return;
                  if (window.getSelection()?.isCollapsed === false) return;
                  props.onRow?.(row, { isNewTab: event.metaKey || event.ctrlKey });
                }}
              >
                {columns.map(({ id, cell, isRight }) => (
                  <div
                    key={id}
                    role="cell"
                    className={`min-w-0 truncate px-1.5 ${isRight === true ? "text-right" : ""}`}
                  >
                    {cell(row, item.index)}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
