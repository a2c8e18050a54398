import { expect, test } from "vitest";
import type { Columns } from "./model";
import { TimelineStore } from "./store";
import { columnsOf } from "./testing";

/** A server that answers when told to, and frames that are drawn when told to. */
function stage(): {
  store: TimelineStore;
  asked: [string, number | null][];
  answer: (columns: Columns) => Promise<void>;
  refuse: () => Promise<void>;
  draw: () => void;
} {
  const asked: [string, number | null][] = [];
  const answers: { give: (columns: Columns) => void; fail: (error: Error) => void }[] = [];
  const frames: (() => void)[] = [];
  const store = new TimelineStore(
    "f",
    (flowRunId, after) => {
      asked.push([flowRunId, after]);
      return new Promise((give, fail) => answers.push({ give, fail }));
    },
    (draw) => frames.push(draw),
  );
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  };
  return {
    store,
    asked,
    answer: (columns) => {
      answers.shift()?.give(columns);
      return settle();
    },
    refuse: () => {
      answers.shift()?.fail(new Error("no answer"));
      return settle();
    },
    draw: () => {
      for (const frame of frames.splice(0)) frame();
    },
  };
}

test("however much changes, one question is under way, and one more follows", async () => {
  const { store, asked, answer, draw } = stage();
  for (let turn = 0; turn < 10; turn += 1) store.pull();
  expect(asked).toEqual([["f", null]]);
  await answer(columnsOf([{ index: 0 }], { cursor: 7 }));
  draw();
  expect(asked).toEqual([
    ["f", null],
    ["f", null],
  ]);
  await answer(columnsOf([{ index: 0 }], { cursor: 8 }));
  expect(asked).toHaveLength(2);
});

test("what comes between two frames is told once, and goes on from its cursor", async () => {
  const { store, asked, answer, draw } = stage();
  let told = 0;
  store.subscribe(() => {
    told += 1;
  });
  store.pull();
  await answer(columnsOf([{ index: 0 }], { cursor: 7 }));
  draw();
  expect(told).toBe(1);
  store.pull();
  await answer(columnsOf([{ index: 1 }], { cursor: 8, isDelta: true }));
  store.pull();
  await answer(columnsOf([{ index: 2 }], { cursor: 9, isDelta: true }));
  expect(asked.map(([, after]) => after)).toEqual([null, 7, 8]);
  draw();
  expect(told).toBe(2);
  expect(store.root.count).toBe(3);
  expect(store.groups[0]?.members).toEqual([0, 1, 2]);
});

test("a question that fails says so, and the next one goes on", async () => {
  const { store, answer, refuse, draw } = stage();
  store.pull();
  await refuse();
  expect(store.error?.message).toBe("no answer");
  store.pull();
  await answer(columnsOf([{ index: 0 }]));
  draw();
  expect(store.error).toBeNull();
  expect(store.root.count).toBe(1);
});
