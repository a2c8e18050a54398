/** Timelines for tests: written as rows, given as the columns that the server sends. */

import fc from "fast-check";
import type { Attempt, Columns } from "./model";

/** A run in a test's timeline; what is left out is as in a run that completed. */
export interface RunSketch {
  index: number;
  task?: string;
  runName?: string | null;
  state?: string;
  created?: number;
  start?: number | null;
  end?: number | null;
  attempt?: number;
  parent?: number | null;
  flowRunId?: string | null;
  attempts?: readonly Attempt[];
  upstreams?: readonly number[];
  message?: string;
}

/** Write runs as the server would. */
export function columnsOf(
  runs: readonly RunSketch[],
  {
    cursor = 1,
    isDelta = false,
    now = 1_000,
  }: { cursor?: number; isDelta?: boolean; now?: number } = {},
): Columns {
  const names = [...new Set(runs.map((run) => run.task ?? "work"))];
  const states = [...new Set(runs.map((run) => run.state ?? "COMPLETED/Completed"))];
  return {
    cursor,
    is_delta: isDelta,
    now,
    names,
    states,
    index: runs.map((run) => run.index),
    name: runs.map((run) => names.indexOf(run.task ?? "work")),
    run_name: runs.map((run) => run.runName ?? null),
    state: runs.map((run) => states.indexOf(run.state ?? "COMPLETED/Completed")),
    created: runs.map((run) => run.created ?? 0),
    start: runs.map((run) => (run.start === undefined ? (run.created ?? 0) : run.start)),
    end: runs.map((run) => (run.end === undefined ? (run.created ?? 0) + 100 : run.end)),
    attempt: runs.map((run) => run.attempt ?? 1),
    parent: runs.map((run) => run.parent ?? null),
    flow_run_id: runs.map((run) => run.flowRunId ?? null),
    attempts: Object.fromEntries(
      runs.flatMap((run) => (run.attempts ? [[String(run.index), run.attempts]] : [])),
    ),
    upstreams: Object.fromEntries(
      runs.flatMap((run) => (run.upstreams ? [[String(run.index), run.upstreams]] : [])),
    ),
    messages: Object.fromEntries(
      runs.flatMap((run) => (run.message ? [[String(run.index), run.message]] : [])),
    ),
  };
}

const STATES = [
  "COMPLETED/Completed",
  "COMPLETED/Cached",
  "FAILED/Failed",
  "FAILED/TimedOut",
  "CRASHED/Crashed",
  "CANCELLED/Cancelled",
];
const OPEN_STATES = ["PENDING/Pending", "RUNNING/Running", "SCHEDULED/AwaitingRetry"];

const instant = fc.integer({ min: 0, max: 10_000_000 });

/** Any run of a given index. */
export function anyRun(index: number): fc.Arbitrary<RunSketch> {
  const times = fc.tuple(instant, instant, instant).map((all) => all.sort((a, b) => a - b));
  const isOpen = fc.boolean();
  const pick = fc.nat({ max: 100 });
  return fc
    .tuple(times, isOpen, pick, fc.constantFrom("load", "clean", "score"), fc.boolean())
    .map(([[created = 0, start = 0, end = 0], open, which, task, isNested]) => {
      const states = open ? OPEN_STATES : STATES;
      const state = states[which % states.length] ?? "RUNNING/Running";
      const waits = state === "PENDING/Pending";
      return {
        index,
        task,
        state,
        created,
        start: waits ? null : start,
        end: open ? null : end,
        flowRunId: isNested ? `nested-${index}` : null,
      };
    });
}

/** Any runs, with indexes from nought and now and then one missing. */
export const anyRuns: fc.Arbitrary<RunSketch[]> = fc
  .uniqueArray(fc.nat({ max: 60 }), { maxLength: 40 })
  .chain((indexes) => fc.tuple(...indexes.sort((a, b) => a - b).map(anyRun)));
