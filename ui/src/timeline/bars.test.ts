import fc from "fast-check";
import { expect, test } from "vitest";
import { barsOf, densityOf, spanOf } from "./bars";
import { criticalPath } from "./critical";
import { groupRuns } from "./layout";
import { TimelineModel } from "./model";
import { axisOf } from "./scale";
import { anyRuns, columnsOf, type RunSketch } from "./testing";

function modelOf(...runs: RunSketch[]): TimelineModel {
  const model = new TimelineModel("f");
  model.merge(columnsOf(runs));
  return model;
}

test("a run with retries shows its attempts and the waits between them", () => {
  const model = modelOf({
    index: 0,
    created: 0,
    start: 50,
    end: 300,
    attempts: [
      [10, 20],
      [50, 300],
    ],
  });
  expect(barsOf(model, 0)).toEqual([
    { kind: "wait", from: 0, to: 10, look: "pending" },
    { kind: "past", from: 10, to: 20, look: "failed" },
    { kind: "wait", from: 20, to: 50, look: "retrying" },
    { kind: "run", from: 50, to: 300, look: "completed" },
  ]);
});

test("a run that waits for its next attempt goes on waiting", () => {
  const model = modelOf({
    index: 0,
    created: 10,
    start: 10,
    end: null,
    state: "SCHEDULED/AwaitingRetry",
    attempts: [[10, 20]],
  });
  expect(barsOf(model, 0)).toEqual([
    { kind: "past", from: 10, to: 20, look: "failed" },
    { kind: "wait", from: 20, to: null, look: "retrying" },
  ]);
});

test("a run that was found in the cache is a point where it ended", () => {
  const model = modelOf({ index: 0, created: 5, start: null, end: 6, state: "COMPLETED/Cached" });
  expect(barsOf(model, 0)).toEqual([{ kind: "run", from: 5, to: 6, look: "cached" }]);
});

test("a run that was given up while it waited is a wait and a point", () => {
  const state = "FAILED/UpstreamFailed";
  const model = modelOf({ index: 0, created: 5, start: null, end: 90, state });
  expect(barsOf(model, 0)).toEqual([
    { kind: "wait", from: 5, to: 90, look: "pending" },
    { kind: "run", from: 90, to: 90, look: "failed" },
  ]);
});

test("bars go from left to right, do not overlap, and stay within the run's span", () => {
  fc.assert(
    fc.property(anyRuns, (runs) => {
      const now = 20_000_000;
      const model = modelOf(...runs);
      for (const { index } of runs) {
        const [from, to] = spanOf(model, index, now);
        let at = from;
        for (const bar of barsOf(model, index)) {
          expect(bar.from).toBeGreaterThanOrEqual(at);
          at = bar.to ?? now;
          expect(at).toBeGreaterThanOrEqual(bar.from);
        }
        expect(at).toBeLessThanOrEqual(to);
      }
    }),
  );
});

const straight = axisOf([]);

test("the density of a group shows what most did, and where one ended badly", () => {
  const model = modelOf(
    { index: 0, created: 0, end: 1_000 },
    { index: 1, created: 0, end: 1_000 },
    { index: 2, created: 0, end: 501, state: "FAILED/Failed" },
  );
  const [group] = groupRuns(model);
  if (group === undefined) throw new Error("no group");
  const { main, trouble } = densityOf(group, straight, [0, 1_000], 1_000, 10);
  expect(main).toEqual([{ from: 0, to: 1_000, look: "completed" }]);
  expect(trouble).toEqual([{ from: 500, to: 600, look: "failed" }]);
});

test("time that was cut out of the axis is not in the density either", () => {
  const model = modelOf(
    { index: 0, created: 0, end: 100 },
    { index: 1, created: 1e9, end: 1e9 + 100 },
  );
  const [group] = groupRuns(model);
  if (group === undefined) throw new Error("no group");
  const axis = axisOf([{ from: 100, to: 1e9, drawn: 20 }]);
  const { main } = densityOf(group, axis, [0, 220], 1e9, 22);
  expect(main.map(({ from, to }) => [from, to])).toEqual([
    [0, 110],
    [120, 220],
  ]);
});

test("patches of a density cover no more than the window, in order", () => {
  fc.assert(
    fc.property(anyRuns, fc.nat({ max: 9_000_000 }), (runs, from) => {
      for (const group of groupRuns(modelOf(...runs))) {
        const window = [from, from + 1_000_000] as const;
        const { main, trouble } = densityOf(group, straight, window, 20_000_000);
        for (const patches of [main, trouble]) {
          let at = from;
          for (const patch of patches) {
            expect(patch.from).toBeGreaterThanOrEqual(at - 1);
            expect(patch.to).toBeGreaterThan(patch.from);
            at = patch.to;
          }
          expect(at).toBeLessThanOrEqual(from + 1_000_001);
        }
      }
    }),
  );
});

test("the critical path goes back through the upstreams that were waited for", () => {
  const model = modelOf(
    { index: 0, created: 0, end: 10 },
    { index: 1, created: 0, end: 90 },
    { index: 2, created: 90, end: 95 },
    { index: 3, created: 90, end: 100 },
  );
  const upstreams: Record<number, number[]> = { 2: [0, 1], 3: [0, 1] };
  expect(criticalPath(model, (index) => upstreams[index] ?? [])).toEqual([1, 3]);
});

test("a critical path ends even where the upstreams go round in circles", () => {
  const model = modelOf({ index: 0 }, { index: 1 });
  expect(criticalPath(model, (index) => [1 - index])).toHaveLength(2);
});
