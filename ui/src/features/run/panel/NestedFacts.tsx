/** A nested flow run in the side panel: how it stands, and the way to its own page. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowRight } from "lucide-react";
import { getFlowRun } from "@/api/queries";
import { buttonClass } from "@/design/Button";
import { Elapsed } from "@/design/Duration";
import { StateBadge, StateCounts, StateIcon } from "@/design/StateBadge";
import { lookOf } from "@/timeline/looks";
import { isOpenRun } from "../page";
import { Fact, Facts } from "./Facts";
import { Frames } from "./Frames";
import { PanelHead } from "./TaskPanel";

export function NestedFacts({ flowRunId, onClose }: { flowRunId: string; onClose: () => void }) {
  const { data: run, error } = useQuery(getFlowRun(flowRunId));
  if (run === undefined) {
    return (
      <PanelHead onClose={onClose}>
        <span className="text-muted">{error === null ? "Loading…" : error.message}</span>
      </PanelHead>
    );
  }
  return (
    <>
      <PanelHead onClose={onClose}>
        <StateIcon look={lookOf(run.state_type, run.state_name)} />
        <h2 className="truncate font-mono text-sm font-medium">{run.name}</h2>
      </PanelHead>
      <div className="min-h-0 flex-1 overflow-y-auto px-4 pb-6">
        <p className="mt-3">{run.sentence}</p>
        <Link
          to="/runs/$id"
          params={{ id: run.id }}
          className={`mt-3 ${buttonClass("plain", true)}`}
        >
          Open this nested run <ArrowRight size={14} aria-hidden />
        </Link>
        <Facts>
          <Fact name="State">
            <StateBadge type={run.state_type} name={run.state_name} />
          </Fact>
          <Fact name="Flow">{run.flow_name}</Fact>
          <Fact name="Took">
            <Elapsed start={run.start_time} end={isOpenRun(run) ? null : run.end_time} />
          </Fact>
          <Fact name="Task runs">
            <StateCounts counts={run.task_counts} />
          </Fact>
        </Facts>
        {run.failure?.traceback == null ? null : <Frames text={run.failure.traceback} />}
      </div>
    </>
  );
}
