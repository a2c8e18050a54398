import fc from "fast-check";
import { expect, test } from "vitest";
import { CHUNK, chunksFor, SLICE, sliceFor } from "./slice";

const lines = fc
  .tuple(fc.integer({ min: 1, max: 5_000_000 }), fc.nat(), fc.nat())
  .map(([total, first, base]) => ({ total, first: first % total, base: base % total }));

test("the line one looks at is in the slice, and stays there when asked again", () => {
  fc.assert(
    fc.property(lines, ({ total, first, base }) => {
      const moved = sliceFor(base, total, first);
      expect(first).toBeGreaterThanOrEqual(moved);
      expect(first).toBeLessThan(moved + SLICE);
      expect(sliceFor(moved, total, first)).toBe(moved);
      expect(moved + Math.min(SLICE, total)).toBeLessThanOrEqual(total);
    }),
    { numRuns: 1_000 },
  );
});

test("scrolling by a screen moves the slice seldom", () => {
  let base = 0;
  let moves = 0;
  for (let first = 0; first < 1_000_000; first += 40) {
    const next = sliceFor(base, 1_000_000, first);
    if (next !== base) moves += 1;
    base = next;
  }
  expect(moves).toBeLessThan(150);
});

test("chunks cover the lines asked for, and no line beyond the last", () => {
  fc.assert(
    fc.property(lines, fc.nat({ max: 500 }), ({ total, first }, more) => {
      const last = Math.min(total - 1, first + more);
      const chunks = chunksFor(first, last, total);
      expect((chunks[0] ?? -1) * CHUNK).toBeLessThanOrEqual(first);
      expect((chunks[chunks.length - 1] ?? -1) * CHUNK + CHUNK).toBeGreaterThan(last);
      expect((chunks[chunks.length - 1] ?? 0) * CHUNK).toBeLessThan(total);
    }),
  );
});
