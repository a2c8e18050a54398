import fc from "fast-check";
import { expect, test } from "vitest";
import { TimelineModel } from "./model";
import { axisOf, findGaps, type Gap, sayTick, steadyEnd, ticksOf } from "./scale";
import { anyRuns, columnsOf, type RunSketch } from "./testing";

const DAY = 86_400_000_000;

function modelOf(...runs: RunSketch[]): TimelineModel {
  const model = new TimelineModel("f");
  model.merge(columnsOf(runs));
  return model;
}

const anyGaps: fc.Arbitrary<Gap[]> = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 10, max: 1e6 })), {
    maxLength: 6,
  })
  .map((pairs) => {
    let at = 0;
    return pairs.map(([before, length]) => {
      const from = at + before;
      at = from + length;
      return { from, to: at, drawn: length / 10 };
    });
  });

test("a retry days later does not squash the axis", () => {
  const model = modelOf({
    index: 0,
    created: 0,
    start: 3 * DAY,
    end: 3 * DAY + 10e6,
    attempts: [
      [0, 10e6],
      [3 * DAY, 3 * DAY + 10e6],
    ],
  });
  const gaps = findGaps([model], 3 * DAY + 10e6);
  expect(gaps).toHaveLength(1);
  const axis = axisOf(gaps);
  expect(axis.fold(10e6) - axis.fold(0)).toBeGreaterThan(
    (axis.fold(3 * DAY + 10e6) - axis.fold(0)) * 0.45,
  );
});

test("time in which something executes is never cut", () => {
  fc.assert(
    fc.property(anyRuns, (runs) => {
      const now = 20_000_000;
      const model = modelOf(...runs);
      for (const gap of findGaps([model], now)) {
        for (const run of runs) {
          const start = run.start ?? run.created ?? 0;
          const end = run.end ?? now;
          expect(end <= gap.from || start >= gap.to).toBe(true);
        }
      }
    }),
  );
});

test("folding keeps the order of instants, and unfolding takes it back", () => {
  fc.assert(
    fc.property(anyGaps, fc.array(fc.integer({ min: -1e6, max: 1e7 })), (gaps, instants) => {
      const axis = axisOf(gaps);
      const sorted = [...instants].sort((a, b) => a - b);
      let last = Number.NEGATIVE_INFINITY;
      for (const instant of sorted) {
        const folded = axis.fold(instant);
        expect(folded).toBeGreaterThanOrEqual(last);
        expect(Math.abs(axis.unfold(folded) - instant)).toBeLessThan(0.01);
        last = folded;
      }
    }),
  );
});

test("marks are in the window, in order, round, and not too many", () => {
  const window = fc
    .tuple(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 10, max: 1e12 }))
    .map(([from, width]) => [from, from + width] as const);
  fc.assert(
    fc.property(anyGaps, window, fc.integer({ min: 1, max: 20 }), (gaps, shown, most) => {
      const axis = axisOf(gaps);
      const ticks = ticksOf(axis, shown, 0, most);
      expect(ticks.length).toBeLessThanOrEqual(most + 1);
      let last = Number.NEGATIVE_INFINITY;
      for (const tick of ticks) {
        expect(tick.at).toBeGreaterThanOrEqual(shown[0] - 0.01);
        expect(tick.at).toBeLessThanOrEqual(shown[1] + 0.01);
        expect(tick.at).toBeGreaterThan(last);
        last = tick.at;
      }
    }),
  );
});

test("the end of a growing window is ahead, never goes back, and moves seldom", () => {
  fc.assert(
    fc.property(fc.nat({ max: 1e9 }), fc.nat({ max: 1e9 }), (one, other) => {
      const [early, late] = one < other ? [one, other] : [other, one];
      expect(steadyEnd(0, early)).toBeGreaterThanOrEqual(early);
      expect(steadyEnd(0, late)).toBeGreaterThanOrEqual(steadyEnd(0, early));
    }),
  );
  const ends = new Set(Array.from({ length: 60_000 }, (_, at) => steadyEnd(0, at * 10_000)));
  expect(ends.size).toBeLessThan(30);
});

test("no two marks of an axis say the same", () => {
  const window = fc
    .tuple(fc.integer({ min: 0, max: 4e9 }), fc.integer({ min: 100, max: 1e11 }))
    .map(([from, width]) => [from, from + width] as const);
  fc.assert(
    fc.property(window, fc.integer({ min: 2, max: 12 }), (shown, most) => {
      const ticks = ticksOf(axisOf([]), shown, 0, most);
      const step = (ticks[1]?.since ?? 0) - (ticks[0]?.since ?? 0);
      const words = ticks.map((tick) => sayTick(tick.since, step));
      expect(new Set(words).size).toBe(words.length);
    }),
    { numRuns: 1_000 },
  );
});

test.each([
  [0, 1_000, "0 s"],
  [471_850, 50, "471.85 ms"],
  [1_500_000, 500_000, "1.5 s"],
  [62_500_000, 500_000, "1 min 2.5 s"],
  [7_200_000_000, 1_800_000_000, "2 h"],
])("%d µs with a step of %d are said as %s", (since, step, words) => {
  expect(sayTick(since, step)).toBe(words);
});
