/**
 * Scrolling in a log of any length: which slice of it is laid out, and how one gets to a line.
 *
 * Rows are counted from the top of the screen's order; positions are those of the server. With
 * the newest line on top the two run against each other.
 */

import { useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";
import { SLICE, sliceFor } from "./slice";

/** A line to be brought on screen; the key tells one wish from the next. */
export interface Target {
  readonly position: number;
  readonly key: string;
}

interface Options {
  readonly total: number;
  readonly isNewestFirst: boolean;
  readonly isFollowing: boolean;
  readonly jump: Target | null;
  readonly onFollow: (on: boolean) => void;
}

export interface LogScroll {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly virtual: Virtualizer<HTMLDivElement, Element>;
  readonly base: number;
  /** Give the position of a row of the slice. */
  readonly positionOf: (row: number) => number;
}

export const LINE_HEIGHT = 18;

export function useLogScroll(options: Options): LogScroll {
  const { total, isNewestFirst, isFollowing, jump, onFollow } = options;
  const scroller = useRef<HTMLDivElement>(null);
  const [base, setBase] = useState(0);
  const toRow = (place: number): number => (isNewestFirst ? total - 1 - place : place);
  const positionOf = (row: number): number => toRow(base + row);
  const virtual = useVirtualizer({
    count: Math.min(total - base, SLICE),
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_HEIGHT,
    overscan: 12,
    getItemKey: (row) => positionOf(row),
  });

  /** After the slice has moved: bring the line that was first back to where it was. */
  const pinned = useRef<{ row: number; within: number } | null>(null);
  const jumped = useRef<string | null>(null);
  const isJumping = jump !== null && jump.key !== jumped.current;
  const offset = virtual.scrollOffset ?? 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: where one has scrolled to decides, as the element says it
  useEffect(() => {
    // While a jump is under way the slice is its business.
    if (isJumping) return;
    const top = scroller.current?.scrollTop ?? 0;
    const first = base + (virtual.getVirtualItemForOffset(top)?.index ?? 0);
    const next = sliceFor(base, total, first);
    if (next === base) return;
    const item = virtual.getVirtualItemForOffset(top);
    pinned.current = { row: first, within: item === undefined ? 0 : top - item.start };
    setBase(next);
  }, [base, total, offset, isJumping, virtual]);
  useLayoutEffect(() => {
    const pin = pinned.current;
    if (pin === null) return;
    pinned.current = null;
    const offset = virtual.getOffsetForIndex(pin.row - base, "start")?.[0];
    if (offset !== undefined) virtual.scrollToOffset(offset + pin.within);
  }, [base, virtual]);

  useGrowth({ virtual, total, base, isNewestFirst, isFollowing, setBase });
  useJump({ virtual, jump, jumped, total, base, setBase, rowOf: toRow });
  useUnfollow(scroller, isNewestFirst, isFollowing, onFollow);
  return { scroller, virtual, base, positionOf };
}

interface Growth {
  readonly virtual: LogScroll["virtual"];
  readonly total: number;
  readonly base: number;
  readonly isNewestFirst: boolean;
  readonly isFollowing: boolean;
  readonly setBase: (base: number) => void;
}

/** Keep to the newest line while following; else keep what one reads where it is. */
function useGrowth({ virtual, total, base, isNewestFirst, isFollowing, setBase }: Growth): void {
  const before = useRef(total);
  useLayoutEffect(() => {
    const grown = total - before.current;
    before.current = total;
    if (total === 0) return;
    if (isNewestFirst) {
      if (isFollowing) virtual.scrollToOffset(0);
      else if (grown > 0 && grown < total) {
        virtual.scrollToOffset((virtual.scrollOffset ?? 0) + grown * LINE_HEIGHT);
      }
      return;
    }
    if (!isFollowing) return;
    const last = Math.max(0, total - SLICE);
    if (base !== last) setBase(last);
    virtual.scrollToIndex(Math.min(total, SLICE) - 1, { align: "end" });
  }, [virtual, total, base, isNewestFirst, isFollowing, setBase]);
}

interface Jump {
  readonly virtual: LogScroll["virtual"];
  readonly jump: Target | null;
  /** Key of the jump that was done last. */
  readonly jumped: RefObject<string | null>;
  readonly total: number;
  readonly base: number;
  readonly setBase: (base: number) => void;
  readonly rowOf: (position: number) => number;
}

/** Bring a line to the middle, once for each wish, moving the slice first if it must. */
function useJump({ virtual, jump, jumped, total, base, setBase, rowOf }: Jump): void {
  useEffect(() => {
    if (jump === null || total === 0 || jumped.current === jump.key) return;
    const row = rowOf(Math.min(jump.position, total - 1));
    const next = sliceFor(base, total, row);
    if (next !== base) {
      setBase(next);
      return;
    }
    jumped.current = jump.key;
    virtual.scrollToIndex(row - base, { align: "center" });
  }, [virtual, jump, jumped, total, base, setBase, rowOf]);
}

/** Whoever scrolls away from the newest line does not want to be carried back to it. */
function useUnfollow(
  scroller: RefObject<HTMLDivElement | null>,
  isNewestFirst: boolean,
  isFollowing: boolean,
  onFollow: (on: boolean) => void,
): void {
  useEffect(() => {
    const element = scroller.current;
    if (element === null || !isFollowing) return;
    function turn(event: WheelEvent): void {
      if (isNewestFirst ? event.deltaY > 0 : event.deltaY < 0) onFollow(false);
    }
    function touch(): void {
      onFollow(false);
    }
    element.addEventListener("wheel", turn, { passive: true });
    element.addEventListener("touchmove", touch, { passive: true });
    return () => {
      element.removeEventListener("wheel", turn);
      element.removeEventListener("touchmove", touch);
    };
  }, [scroller, isNewestFirst, isFollowing, onFollow]);
}
