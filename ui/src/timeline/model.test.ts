import fc from "fast-check";
import { expect, test } from "vitest";
import { TimelineModel } from "./model";
import { anyRun, anyRuns, columnsOf } from "./testing";

function shown(model: TimelineModel): unknown[] {
  const all: unknown[] = [];
  for (let index = 0; index < model.size; index += 1) {
    if (!model.has(index)) continue;
    all.push([
      index,
      model.taskAt(index),
      model.idAt(index),
      model.lookAt(index),
      model.created[index],
      model.start[index],
      model.end[index],
      model.attempts.get(index) ?? null,
    ]);
  }
  return all;
}

test("deltas lead to the same as asking for everything at the end", () => {
  const changes = fc.array(
    fc
      .uniqueArray(fc.nat({ max: 40 }), { maxLength: 10 })
      .chain((indexes) => fc.tuple(...indexes.map(anyRun))),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(anyRuns, changes, (begin, deltas) => {
      const model = new TimelineModel("f");
      model.merge(columnsOf(begin, { cursor: 1 }));
      const last = new Map(begin.map((run) => [run.index, run]));
      deltas.forEach((delta, place) => {
        model.merge(columnsOf(delta, { cursor: 2 + place, isDelta: true }));
        for (const run of delta) last.set(run.index, run);
      });
      const whole = new TimelineModel("f");
      whole.merge(columnsOf([...last.values()]));
      expect(shown(model)).toEqual(shown(whole));
      expect(model.count).toBe(last.size);
    }),
  );
});

test("an older answer that comes late changes nothing", () => {
  const model = new TimelineModel("f");
  model.merge(columnsOf([{ index: 0, state: "COMPLETED/Completed" }], { cursor: 9 }));
  model.merge(columnsOf([{ index: 0, state: "RUNNING/Running" }], { cursor: 5, isDelta: true }));
  expect(model.lookAt(0)).toBe("completed");
});

test("a run is found by the id that the server knows it by", () => {
  const model = new TimelineModel("f");
  model.merge(columnsOf([{ index: 0 }, { index: 3, flowRunId: "other" }]));
  expect(model.indexOf("f-0")).toBe(0);
  expect(model.indexOf("f-1")).toBeUndefined();
  expect(model.indexOf("other")).toBe(3);
  expect(model.indexOf("f-x")).toBeUndefined();
});

test("ten thousand runs are merged in a few milliseconds", () => {
  const runs = Array.from({ length: 10_000 }, (_, index) => ({ index, created: index }));
  const columns = columnsOf(runs);
  const model = new TimelineModel("f");
  const begun = performance.now();
  model.merge(columns);
  console.info(`merge of 10,000 runs: ${(performance.now() - begun).toFixed(1)} ms`);
  expect(model.count).toBe(10_000);
});
