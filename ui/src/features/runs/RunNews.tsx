import type { FlowRun } from "@/api/types";
import { StateCounts } from "@/design/StateBadge";
import { isOver, lookOf } from "@/timeline/looks";

/** What there is to say of a run in a line: its trouble, how far it is, or what it did. */
export function RunNews({ run }: { run: FlowRun }) {
  const look = lookOf(run.state_type, run.state_name);
  if (look === "running" || look === "cancelling" || look === "retrying") {
    return <Progress run={run} />;
  }
  if (run.message !== null && look !== "completed") {
    return (
      <span className="truncate text-muted" title={run.message}>
        {run.message.replace(` of flow run '${run.name}'`, "")}
      </span>
    );
  }
  return <StateCounts counts={run.task_counts} />;
}

function Progress({ run }: { run: FlowRun }) {
  const total = run.task_counts.reduce((sum, { count }) => sum + count, 0);
  const done = run.task_counts
    .filter(({ state_type, state_name }) => isOver(lookOf(state_type, state_name)))
    .reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return <span className="text-muted">no task yet</span>;
  return (
    <span className="flex items-center gap-2.5">
      <span className="h-1.5 w-24 overflow-hidden rounded-full bg-selected" aria-hidden>
        <span
          className="block h-full rounded-full bg-running"
          style={{ width: `${(done / total) * 100}%` }}
        />
      </span>
      <span className="text-xs text-muted">
        {done.toLocaleString("en")} of {total.toLocaleString("en")} tasks so far
      </span>
    </span>
  );
}
