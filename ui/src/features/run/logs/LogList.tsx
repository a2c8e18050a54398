/** The lines on screen, and nothing of the rest. One handler for all of them. */

import { type MouseEvent, useCallback, useEffect, useState } from "react";
import { EmptyState } from "@/design/EmptyState";
import { clockOf } from "@/design/Time";
import { usePreferences } from "@/models/preferences";
import { isOpenRun, useRunPage } from "../page";
import type { LogWords } from "../queries";
import { LogRow } from "./LogRow";
import { CHUNK } from "./slice";
import { useLines } from "./useLines";
import { type Target, useLogScroll } from "./useScroll";

type Props = {
  words: LogWords;
  find: string;
  /** Position of the hit that is looked at. */
  hit: number | null;
  jump: Target | null;
  isFollowing: boolean;
  onFollow: (on: boolean) => void;
  /** First and last position on screen, and how many lines there are. */
  onShown: (shown: readonly [number, number, number]) => void;
};

/** After so long without a move one has come to rest. */
const REST_MS = 80;

export function LogList(props: Props) {
  const { words, find, hit, jump, isFollowing, onFollow, onShown } = props;
  const { id, run, search, setSearch } = useRunPage();
  // The log of a run that has ended is read from its beginning. It stays so when the run goes on.
  const [end] = useState<"head" | "tail">(() =>
    isOpenRun(run) || search.newest === true ? "tail" : "head",
  );
  const clock = clockOf(usePreferences());
  const [[first, last], setRange] = useState<readonly [number, number]>(
    // At the tail, nothing else is asked for until it is known where that is.
    end === "head" ? [0, 60] : [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  );
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const lines = useLines(id, words, { end, first, last });
  const total = lines.total ?? 0;
  const { scroller, virtual, positionOf } = useLogScroll({
    total,
    isNewestFirst: search.newest === true,
    isFollowing,
    jump,
    onFollow,
  });
  const items = virtual.getVirtualItems();
  const one = positionOf(items[0]?.index ?? 0);
  const other = positionOf(items[items.length - 1]?.index ?? 0);
  const [from, to] = one < other ? [one, other] : [other, one];
  useEffect(() => {
    if (total > 0) onShown([from, to, total]);
  }, [from, to, total, onShown]);
  useEffect(() => {
    if (total === 0) return;
    // Who flies past thousands of lines wants to see where they come to rest, and only that.
    const wait = Math.abs(from - first) < CHUNK ? 0 : REST_MS;
    const timer = setTimeout(() => setRange([from, to]), wait);
    return () => clearTimeout(timer);
  }, [from, to, first, total]);

  const press = useCallback(
    (event: MouseEvent<HTMLDivElement>) => {
      const target = event.target instanceof Element ? event.target : null;
      const fold = target?.closest<HTMLElement>("[data-fold]")?.dataset.fold;
      if (fold !== undefined) setOpen((now) => toggled(now, fold));
      const line = target?.closest<HTMLElement>("[data-line]")?.dataset.line;
      if (line !== undefined) setSearch({ line: Number(line) }, true);
      const run = target?.closest<HTMLElement>("[data-pick]")?.dataset.pick;
      if (run !== undefined) setSearch({ pick: run });
    },
    [setSearch],
  );

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: what can be pressed in it are buttons
    <div
      ref={scroller}
      role="log"
      aria-label="Log lines"
      aria-live="off"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
      tabIndex={0}
      className={`lg-scroll${search.wrap === true ? " lg-wrap" : ""}`}
      onClick={press}
    >
      {lines.total === 0 ? <NoLines /> : null}
      {lines.error === null ? null : <p className="p-3 text-failed">{lines.error.message}</p>}
      <div className="lg-body" style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const position = positionOf(item.index);
          const line = lines.at(position);
          return (
            <div
              key={item.key}
              ref={virtual.measureElement}
              data-index={item.index}
              className="lg-place"
              style={{ transform: `translateY(${item.start}px)` }}
            >
              {line === undefined ? (
                <div className="lg-row lg-absent" />
              ) : (
                <LogRow
                  line={line}
                  clock={clock}
                  find={find}
                  isHit={position === hit}
                  isLinked={line.id === search.line}
                  open={open}
                />
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function toggled(all: ReadonlySet<string>, one: string): ReadonlySet<string> {
  const next = new Set(all);
  if (!next.delete(one)) next.add(one);
  return next;
}

function NoLines() {
  const { run, search } = useRunPage();
  const isFiltered =
    search.task ?? search.of ?? search.level ?? search.logger ?? search.only ?? search.nested;
  if (isFiltered !== undefined) {
    return (
      <EmptyState title="No line matches">
        {run.log_count.toLocaleString("en")} lines match without the filters.
      </EmptyState>
    );
  }
  if (isOpenRun(run)) return <EmptyState title="Nothing has been logged yet" />;
  return (
    <EmptyState title="This run has logged nothing">
      <p>
        Use <code>get_run_logger()</code> in a task, or <code>@flow(log_prints=True)</code> to have
        what it prints here.
      </p>
    </EmptyState>
  );
}
