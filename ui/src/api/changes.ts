/** What the stream tells, and how several tellings become one. */

import type { FlowRun } from "@/api/types";

/** What has changed in the run that the page watches. */
export type RunChanges = {
  readonly id: string;
  readonly tasks: boolean;
  readonly logs: boolean;
  readonly artifacts: boolean;
};

/** `changes` of the stream. */
export type Changes = {
  readonly cursor: number;
  readonly flow_runs: readonly FlowRun[];
  readonly more: boolean;
  readonly run: RunChanges | null;
  readonly artifacts: boolean;
};

/** Put two tellings together; of a run told twice, the later one counts. */
export function mergeChanges(earlier: Changes | null, later: Changes): Changes {
  if (earlier === null) return later;
  const runs = new Map(earlier.flow_runs.map((run) => [run.id, run]));
  for (const run of later.flow_runs) runs.set(run.id, run);
  return {
    cursor: Math.max(earlier.cursor, later.cursor),
    flow_runs: [...runs.values()],
    more: earlier.more || later.more,
    run: mergeRun(earlier.run, later.run),
    artifacts: earlier.artifacts || later.artifacts,
  };
}

function mergeRun(earlier: RunChanges | null, later: RunChanges | null): RunChanges | null {
  if (earlier === null || later === null) return later ?? earlier;
  if (earlier.id !== later.id) return later;
  return {
    id: later.id,
    tasks: earlier.tasks || later.tasks,
    logs: earlier.logs || later.logs,
    artifacts: earlier.artifacts || later.artifacts,
  };
}
