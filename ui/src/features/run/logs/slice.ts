/**
 * Which part of a long log is laid out.
 *
 * Browsers cannot make an element as high as a million lines, so only a slice of them has places
 * on the page. When one scrolls near its edge, the slice moves along, and the page jumps by just
 * as much: the lines one reads stay where they are.
 */

/** So many lines have a place on the page at once. */
export const SLICE = 20_000;
const EDGE = 2_000;

/** Give the first line of the slice that shows line `first`, moving it only if it must. */
export function sliceFor(base: number, total: number, first: number): number {
  if (total <= SLICE) return 0;
  const last = total - SLICE;
  const isNearTop = first < base + EDGE && base > 0;
  const isNearEnd = first > base + SLICE - EDGE && base < last;
  if (!isNearTop && !isNearEnd && base <= last) return base;
  return clamp(first - SLICE / 2, 0, last);
}

/** So many lines are asked for at once. */
export const CHUNK = 200;

/** Give the chunks that hold the lines from `first` to `last`. */
export function chunksFor(first: number, last: number, total: number): number[] {
  if (total <= 0 || last < first) return [];
  const from = Math.floor(clamp(first, 0, total - 1) / CHUNK);
  const to = Math.floor(clamp(last, 0, total - 1) / CHUNK);
  return Array.from({ length: to - from + 1 }, (_, place) => from + place);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
