/**
 * The shape of a run: one node a task, however often it ran, with its runs counted by state.
 *
 * A click on a node narrows timeline, tasks and logs to it.
 */

import {
  Background,
  BackgroundVariant,
  Controls,
  MiniMap,
  type NodeMouseHandler,
  ReactFlow,
  ReactFlowProvider,
} from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import "./graph.css";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo } from "react";
import { useChanges } from "@/api/hooks";
import { KEYS } from "@/api/queries";
import { Throttle } from "@/api/throttle";
import { EmptyState } from "@/design/EmptyState";
import { fillOf } from "@/design/icons";
import { useRunPage } from "../page";
import { getGraph } from "../queries";
import { RunSkeleton } from "../states";
import { edgesOf, lookOfNode, nodesOf, type TaskNodeData } from "./elements";
import { NodeSearch } from "./NodeSearch";
import { TaskNode } from "./TaskNode";
import { useFirstView } from "./useFirstView";
import { usePlaces } from "./usePlaces";

const NODE_TYPES = { task: TaskNode };

export default function GraphTab() {
  return (
    <ReactFlowProvider>
      <Drawing />
    </ReactFlowProvider>
  );
}

function Drawing() {
  const { id, search, setSearch } = useRunPage();
  const { data: graph, error } = useQuery(getGraph(id));
  useGraphIsCurrent(id);
  const places = usePlaces(graph);
  const chosen = search.task;
  const nodes = useMemo(
    () => (graph === undefined || places === null ? [] : nodesOf(graph, places, chosen ?? [])),
    [graph, places, chosen],
  );
  const edges = useMemo(
    () => (graph === undefined ? [] : edgesOf(graph, chosen ?? [])),
    [graph, chosen],
  );
  useFirstView(nodes);
  const press = useCallback<NodeMouseHandler>(
    (_, node) => {
      const { name } = node.data as TaskNodeData;
      const isChosen = chosen?.length === 1 && chosen[0] === name;
      setSearch({ task: isChosen ? undefined : [name] });
    },
    [chosen, setSearch],
  );
  if (error !== null)
    return <EmptyState title="The graph cannot be shown">{error.message}</EmptyState>;
  if (graph?.nodes.length === 0) return <EmptyState title="This run has called no tasks" />;
  if (nodes.length === 0) return <RunSkeleton />;
  return (
    <div className="gr">
      {nodes.length > 12 ? <NodeSearch nodes={nodes} /> : null}
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        onNodeClick={press}
        nodesDraggable={false}
        nodesConnectable={false}
        edgesFocusable={false}
        minZoom={0.05}
        maxZoom={1.6}
        onlyRenderVisibleElements={nodes.length > 60}
        proOptions={{ hideAttribution: true }}
      >
        <Background variant={BackgroundVariant.Dots} gap={20} size={1} />
        <Controls showInteractive={false} />
        {nodes.length > 12 ? (
          <MiniMap
            pannable
            zoomable
            nodeColor={(node) => fillOf(lookOfNode(node.data as TaskNodeData))}
          />
        ) : null}
      </ReactFlow>
    </div>
  );
}

/** Ask for the graph again while the run's tasks change, not more often than one can read it. */
function useGraphIsCurrent(id: string): void {
  const client = useQueryClient();
  const throttle = useMemo(
    () =>
      new Throttle(() => {
        void client.invalidateQueries(
          { queryKey: [KEYS.run, id, "graph"] },
          { cancelRefetch: false },
        );
      }, 1_500),
    [client, id],
  );
  useEffect(() => () => throttle.cancel(), [throttle]);
  useChanges((changes) => {
    if (changes === null || (changes.run?.id === id && changes.run.tasks)) throttle.call();
  });
}
