import fc from "fast-check";
import { expect, test } from "vitest";
import { patchRuns } from "@/api/cache";
import type { FlowRun, FlowRunPage } from "@/api/types";
import { countNew, mergeHead, runsOf } from "@/features/runs/merge";

const PAGE = 3;

function makeRun(number: number, state = "RUNNING"): FlowRun {
  const created = new Date(1_700_000_000_000 + number * 1_000).toISOString();
  return {
    attempt: 1,
    created,
    end_time: null,
    flow_name: "train",
    host: null,
    id: `run-${number}`,
    message: null,
    name: `run-${number}`,
    parent_flow_run_id: null,
    parent_index: null,
    pid: null,
    start_time: created,
    state_name: state,
    state_type: state,
    tags: [],
    task_counts: [],
    total_run_time: null,
    version: null,
  };
}

/** Cut a list, newest first, into pages as the server does: cursors name places. */
function pagesOf(numbers: readonly number[], count: number): FlowRunPage[] {
  const sorted = [...numbers].sort((a, b) => b - a);
  return Array.from({ length: count }, (_, place) => {
    const items = sorted.slice(place * PAGE, (place + 1) * PAGE).map((number) => makeRun(number));
    const last = items.at(-1);
    const hasMore = sorted.length > (place + 1) * PAGE;
    return {
      items,
      next_cursor: hasMore && last !== undefined ? last.created : null,
      total: sorted.length,
      total_is_exact: true,
    };
  });
}

const numbers = fc.uniqueArray(fc.integer({ max: 60, min: 0 }), { maxLength: 20, minLength: 1 });

test("a list with a new head is the list as it is now, as far as it was known", () => {
  fc.assert(
    fc.property(numbers, numbers, fc.integer({ max: 4, min: 1 }), (before, more, count) => {
      const known = pagesOf(before, count);
      const now = [...new Set([...before, ...more.map((number) => number + 100)])];
      const head = pagesOf(now, 1)[0] as FlowRunPage;
      const merged = mergeHead({ pageParams: known.map(() => null), pages: known }, head);
      const shown = runsOf(merged).map(({ id }) => id);
      expect(new Set(shown).size).toBe(shown.length);
      const created = runsOf(merged).map((run) => run.created);
      expect(created).toEqual([...created].sort().reverse());
      expect(shown.slice(0, head.items.length)).toEqual(head.items.map(({ id }) => id));
      expect(merged.pages[0]?.total).toBe(now.length);
    }),
  );
});

test("a run that no longer matches goes when the head reaches to it", () => {
  const [first] = pagesOf([5, 4, 3, 2], 1) as [FlowRunPage];
  const head = pagesOf([5, 3, 2, 1], 1)[0] as FlowRunPage;
  const merged = mergeHead({ pageParams: [null], pages: [first] }, head);
  expect(runsOf(merged).map(({ id }) => id)).toEqual(["run-5", "run-3", "run-2"]);
});

test("a head that is all there is leaves nothing behind it", () => {
  const pages = pagesOf([9, 8, 7, 6, 5, 4], 2);
  const head = pagesOf([9], 1)[0] as FlowRunPage;
  const merged = mergeHead({ pageParams: [null, "x"], pages }, head);
  expect(runsOf(merged)).toHaveLength(1);
  expect(merged.pageParams).toEqual([null]);
});

test("new runs are those that the list does not have", () => {
  const pages = pagesOf([5, 4, 3], 1);
  const head = pagesOf([7, 6, 5], 1)[0] as FlowRunPage;
  expect(countNew({ pageParams: [null], pages }, head)).toBe(2);
});

test("a page is patched in place, and left alone when none of its runs changed", () => {
  const [page] = pagesOf([5, 4], 1) as [FlowRunPage];
  const ended = makeRun(4, "COMPLETED");
  const patched = patchRuns(page, new Map([[ended.id, ended]]));
  expect(patched.items.map(({ state_type }) => state_type)).toEqual(["RUNNING", "COMPLETED"]);
  expect(patchRuns(page, new Map([["other", ended]]))).toBe(page);
});
