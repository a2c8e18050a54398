import { Link } from "@tanstack/react-router";
import type { FlowRun } from "@/api/types";
import { Elapsed } from "@/design/Duration";
import { StateBadge } from "@/design/StateBadge";
import { Time } from "@/design/Time";
import { RunNews } from "@/features/runs/RunNews";

type Props = {
  runs: readonly FlowRun[];
  /** On the page of a flow its name is known. */
  hasFlow?: boolean;
};

/** A few runs, for other pages: no selection, no scrolling. */
export function RunRows({ runs, hasFlow = true }: Props) {
  return (
    <ul className="divide-y divide-line">
      {runs.map((run) => (
        <li key={run.id}>
          <Link
            to="/runs/$id"
            params={{ id: run.id }}
            className="flex min-h-(--row) flex-wrap items-center gap-x-3 gap-y-0.5 px-3 py-1.5 text-sm outline-offset-[-2px] hover:bg-hover"
          >
            <span className="w-34 shrink-0">
              <StateBadge type={run.state_type} name={run.state_name} />
            </span>
            <span className="min-w-0 flex-1 truncate sm:max-w-72 sm:flex-none sm:basis-72">
              <span className="font-medium">{run.name}</span>
              {hasFlow && <span className="text-muted"> {run.flow_name}</span>}
            </span>
            <span className="order-last w-full min-w-0 truncate sm:order-none sm:w-auto sm:flex-1">
              <RunNews run={run} />
            </span>
            <span className="flex shrink-0 gap-3 text-muted">
              <Elapsed start={run.start_time} end={run.end_time} />
              <Time at={run.start_time ?? run.created} className="w-22 text-right max-sm:hidden" />
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
