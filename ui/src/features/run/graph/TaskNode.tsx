/** A task in the graph: its state, its name, its runs by state, the time they took. */

import { Handle, type NodeProps, Position } from "@xyflow/react";
import { Workflow } from "lucide-react";
import { memo } from "react";
import { StateIcon } from "@/design/StateBadge";
import { duration } from "@/models/duration";
import { lookOf } from "@/timeline/looks";
import { lookOfNode, type TaskFlowNode } from "./elements";

export const TaskNode = memo(function TaskNode({ data, selected }: NodeProps<TaskFlowNode>) {
  const look = lookOfNode(data);
  return (
    <div
      className={`gr-node look-${look}${selected ? " gr-chosen" : ""}${data.isFaint ? " gr-faint" : ""}`}
    >
      <Handle type="target" position={Position.Left} />
      <div className="flex items-center gap-1.5">
        <StateIcon look={look} />
        {data.kind === "flow" ? (
          <Workflow size={13} aria-label="nested flow" className="shrink-0 text-muted" />
        ) : null}
        <span className="truncate font-mono text-xs font-medium" title={data.name}>
          {data.name}
        </span>
        {data.count > 1 ? (
          <span className="ml-auto shrink-0 text-xs text-muted">
            ×{data.count.toLocaleString("en")}
          </span>
        ) : null}
      </div>
      <div className="mt-1 flex items-center gap-2.5 text-xs text-muted">
        {data.count > 1
          ? data.states.slice(0, 4).map(({ state_type, state_name, count }) => (
              <span key={`${state_type}/${state_name}`} className="inline-flex items-center gap-1">
                <StateIcon look={lookOf(state_type, state_name)} size={12} />
                {count.toLocaleString("en")}
              </span>
            ))
          : null}
        <span className="ml-auto">{data.run_time === null ? "" : duration(data.run_time)}</span>
      </div>
      <Handle type="source" position={Position.Right} />
    </div>
  );
});
