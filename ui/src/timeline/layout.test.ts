import fc from "fast-check";
import { expect, test } from "vitest";
import { countsInWords, groupRuns, layoutRows, type View } from "./layout";
import { isTrouble } from "./looks";
import { TimelineModel } from "./model";
import { anyRuns, columnsOf, type RunSketch } from "./testing";

const ALL: View = { open: new Set(), failedOnly: false, tasks: new Set(), nested: new Map() };

function modelOf(runs: readonly RunSketch[], id = "f"): TimelineModel {
  const model = new TimelineModel(id);
  model.merge(columnsOf(runs));
  return model;
}

test("a mapped task is one row with counts until it is opened", () => {
  const groups = groupRuns(
    modelOf([
      { index: 0, task: "load" },
      { index: 1, task: "clean" },
      { index: 2, task: "clean", state: "FAILED/Failed" },
      { index: 3, task: "clean", state: "COMPLETED/Cached" },
    ]),
  );
  const folded = layoutRows(groups, ALL);
  expect(folded.map((row) => row.id)).toEqual(["f-0", "f/task/clean"]);
  expect(countsInWords(folded[1]?.group.counts ?? [])).toBe("1 failed, 1 cached, 1 completed");
  const open = layoutRows(groups, { ...ALL, open: new Set(["f/task/clean"]) });
  expect(open.map((row) => [row.id, row.depth])).toEqual([
    ["f-0", 0],
    ["f/task/clean", 0],
    ["f-1", 1],
    ["f-2", 1],
    ["f-3", 1],
  ]);
});

test("a nested flow opens to the rows of its own timeline", () => {
  const outer = groupRuns(modelOf([{ index: 0, task: "child", flowRunId: "n" }]));
  const nested = new Map([["n", modelOf([{ index: 0, task: "deep" }], "n")]]);
  const rows = layoutRows(outer, { ...ALL, open: new Set(["n"]), nested });
  expect(rows.map((row) => [row.id, row.depth])).toEqual([
    ["n", 0],
    ["n-0", 1],
  ]);
});

test("a task and a nested flow of the same name are two rows", () => {
  const groups = groupRuns(
    modelOf([
      { index: 0, task: "work" },
      { index: 1, task: "work", flowRunId: "n" },
    ]),
  );
  expect(layoutRows(groups, ALL)).toHaveLength(2);
});

test("with everything open each run has one row, and none is there twice", () => {
  fc.assert(
    fc.property(anyRuns, (runs) => {
      const groups = groupRuns(modelOf(runs));
      const open = new Set(groups.map((group) => group.key));
      const rows = layoutRows(groups, { ...ALL, open });
      const indexes = rows.filter((row) => row.kind === "run").map((row) => row.index);
      expect([...indexes].sort((a, b) => a - b)).toEqual(runs.map((run) => run.index));
      expect(new Set(rows.map((row) => row.id)).size).toBe(rows.length);
      for (const row of rows.filter((one) => one.kind === "group")) {
        const counted = row.group.counts.reduce((sum, [, count]) => sum + count, 0);
        expect(counted).toBe(row.group.members.length);
      }
    }),
  );
});

test("failed only shows those that went wrong and nothing else", () => {
  fc.assert(
    fc.property(anyRuns, (runs) => {
      const model = modelOf(runs);
      const groups = groupRuns(model);
      const open = new Set(groups.map((group) => group.key));
      const rows = layoutRows(groups, { ...ALL, open, failedOnly: true });
      const bad = runs.filter((run) => isTrouble(model.lookAt(run.index)));
      expect(rows.filter((row) => row.kind === "run")).toHaveLength(bad.length);
    }),
  );
});

test("ten thousand rows are laid out in a few milliseconds", () => {
  const model = modelOf(
    Array.from({ length: 10_000 }, (_, index) => ({
      index,
      task: index < 5 ? `t${index}` : "map",
    })),
  );
  const begun = performance.now();
  const groups = groupRuns(model);
  const rows = layoutRows(groups, { ...ALL, open: new Set(["f/task/map"]) });
  console.info(`layout of 10,000 rows: ${(performance.now() - begun).toFixed(1)} ms`);
  expect(rows).toHaveLength(10_001);
});
