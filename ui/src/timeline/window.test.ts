import fc from "fast-check";
import { expect, test } from "vitest";
import { activityOf } from "./activity";
import { groupRuns, layoutRows } from "./layout";
import { TimelineModel } from "./model";
import { axisOf, type Window } from "./scale";
import { anyRuns, columnsOf, type RunSketch } from "./testing";
import { panned, placeOf, windowOfRows, within, zoomed } from "./window";

const NOW = 20_000_000;
const axis = axisOf([]);
const anyWindow: fc.Arbitrary<Window> = fc
  .tuple(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 1_000, max: 1e9 }))
  .map(([from, width]) => [from, from + width]);

function windowOf(runs: readonly RunSketch[]): Window {
  const model = new TimelineModel("f");
  model.merge(columnsOf(runs));
  const groups = groupRuns(model);
  const open = new Set(groups.map((group) => group.key));
  const view = { open, failedOnly: false, tasks: new Set<string>(), nested: new Map() };
  return windowOfRows(layoutRows(groups, view), axis, NOW);
}

test("whatever rows are on screen, all that executed in them is in the window", () => {
  fc.assert(
    fc.property(anyRuns, (runs) => {
      const window = windowOf(runs);
      for (const run of runs) {
        expect(run.start ?? run.end ?? NOW).toBeGreaterThanOrEqual(window[0]);
        expect(run.end ?? NOW).toBeLessThanOrEqual(window[1]);
      }
    }),
  );
});

test("of runs that waited for long the end of the wait is shown", () => {
  const [from, to] = windowOf([
    { index: 0, created: 0, start: 900_000, end: 901_000 },
    { index: 1, created: 0, start: 901_000, end: 902_000 },
  ]);
  expect(from).toBeGreaterThan(898_000);
  expect(to).toBeLessThan(903_000);
});

test("zooming and moving never leave the whole", () => {
  fc.assert(
    fc.property(
      anyWindow,
      anyWindow,
      fc.double({ min: 0.01, max: 100, noNaN: true }),
      fc.double({ min: -5, max: 5, noNaN: true }),
      (whole, begun, factor, part) => {
        const window = within(begun, whole);
        for (const next of [
          zoomed(window, whole, (window[0] + window[1]) / 2, factor),
          panned(window, whole, part),
        ]) {
          expect(next[0]).toBeGreaterThanOrEqual(whole[0] - 1e-3);
          expect(next[1]).toBeLessThanOrEqual(whole[1] + 1e-3);
          expect(next[1]).toBeGreaterThan(next[0]);
        }
      },
    ),
  );
});

test("what is outside of the window is not drawn, what is in it has its place", () => {
  expect(placeOf(0, 10, axis, [100, 200], 1_000)).toBeNull();
  expect(placeOf(110, 120, axis, [100, 200], 1_000)).toEqual({ left: 100, width: 100 });
  expect(placeOf(0, 9_999, axis, [100, 200], 1_000)).toEqual({ left: -8, width: 1_016 });
});

test("activity counts in each part the runs that executed then", () => {
  fc.assert(
    fc.property(anyRuns, (runs) => {
      const model = new TimelineModel("f");
      model.merge(columnsOf(runs));
      const parts = 50;
      const { byLook } = activityOf(model, axis, [0, NOW], parts, NOW);
      const width = NOW / parts;
      for (let part = 0; part < parts; part += 1) {
        const at = runs.filter((run) => {
          if (run.start === null || run.start === undefined) return false;
          const last = Math.min(parts - 1, Math.floor((run.end ?? NOW) / width));
          return Math.floor(run.start / width) <= part && part <= last;
        });
        let counted = 0;
        for (const counts of byLook.values()) counted += counts[part] ?? 0;
        expect(counted).toBe(at.length);
      }
    }),
  );
});
