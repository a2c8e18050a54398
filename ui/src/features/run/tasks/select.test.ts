import fc from "fast-check";
import { expect, test } from "vitest";
import { TimelineModel } from "@/timeline/model";
import { anyRuns, columnsOf } from "@/timeline/testing";
import { ORDERS, secondsOf, selectRuns } from "./select";

const ALL = {
  tasks: new Set<string>(),
  looks: new Set<string>(),
  text: "",
  order: "called",
} as const;

test("in every order all runs are there once", () => {
  fc.assert(
    fc.property(anyRuns, fc.constantFrom(...ORDERS), (runs, order) => {
      const model = new TimelineModel("f");
      model.merge(columnsOf(runs));
      const found = selectRuns(model, { ...ALL, order });
      expect([...found].sort((a, b) => a - b)).toEqual(runs.map((run) => run.index));
    }),
  );
});

test("the longest comes first, and what has not begun last", () => {
  fc.assert(
    fc.property(anyRuns, (runs) => {
      const model = new TimelineModel("f");
      model.merge(columnsOf(runs, { now: 20_000_000 }));
      const took = selectRuns(model, { ...ALL, order: "took" }).map((index) =>
        secondsOf(model, index),
      );
      const known = took.filter((seconds) => !Number.isNaN(seconds));
      expect(took.slice(0, known.length)).toEqual(known);
      expect(known).toEqual([...known].sort((a, b) => b - a));
    }),
  );
});

test("filters go together", () => {
  const model = new TimelineModel("f");
  model.merge(
    columnsOf([
      { index: 0, task: "load" },
      { index: 1, task: "clean", state: "FAILED/Failed" },
      { index: 2, task: "clean" },
    ]),
  );
  const looks = new Set(["failed", "completed"]);
  expect(selectRuns(model, { ...ALL, tasks: new Set(["clean"]), looks, text: "N-2" })).toEqual([2]);
});
