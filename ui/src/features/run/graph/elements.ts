/** From the server's graph to what is drawn. */

import type { Edge, Node } from "@xyflow/react";
import type { Graph } from "@/api/types";
import { type Look, lookOf, rankOf } from "@/timeline/looks";
import type { Places } from "./arrange";
import { NODE_HEIGHT, NODE_WIDTH } from "./arrange";

export type TaskNodeData = Graph["nodes"][number] & { readonly isFaint: boolean };
export type TaskFlowNode = Node<TaskNodeData, "task">;

/** Give the look that tells most of a node's runs. */
export function lookOfNode(node: { readonly states: Graph["nodes"][number]["states"] }): Look {
  return node.states
    .map(({ state_type, state_name }) => lookOf(state_type, state_name))
    .reduce<Look>((most, look) => (rankOf(look) < rankOf(most) ? look : most), "completed");
}

export function nodesOf(graph: Graph, places: Places, chosen: readonly string[]): TaskFlowNode[] {
  return graph.nodes.flatMap((node) => {
    const place = places[node.id];
    if (place === undefined) return [];
    const isChosen = chosen.includes(node.name);
    return [
      {
        id: node.id,
        type: "task" as const,
        position: { x: place[0], y: place[1] },
        width: NODE_WIDTH,
        height: NODE_HEIGHT,
        selected: isChosen,
        data: { ...node, isFaint: chosen.length > 0 && !isChosen },
        ariaLabel: `${node.name}, ${node.count.toLocaleString("en")} ${node.count === 1 ? "run" : "runs"}`,
      },
    ];
  });
}

export function edgesOf(graph: Graph, chosen: readonly string[]): Edge[] {
  const names = new Map(graph.nodes.map((node) => [node.id, node.name]));
  return graph.edges.map(({ source, target }) => {
    const isNear =
      chosen.includes(names.get(source) ?? "") || chosen.includes(names.get(target) ?? "");
    return {
      id: `${source} ${target}`,
      source,
      target,
      className: chosen.length > 0 && !isNear ? "gr-faint" : "",
    };
  });
}
