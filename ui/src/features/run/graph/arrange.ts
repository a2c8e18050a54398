/** Places for the nodes of a graph: from left to right, what is used before what uses it. */

import { Graph, layout } from "@dagrejs/dagre";

export interface Shape {
  readonly nodes: readonly string[];
  readonly edges: readonly (readonly [string, string])[];
}

/** Upper left corner of a node. */
export type Places = Readonly<Record<string, readonly [number, number]>>;

export const NODE_WIDTH = 210;
export const NODE_HEIGHT = 58;

/** Arrange a graph. For hundreds of nodes it takes a while: a worker does it. */
export function arrange({ nodes, edges }: Shape): Places {
  const graph = new Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 18, ranksep: 64, marginx: 16, marginy: 16 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const id of nodes) graph.setNode(id, { width: NODE_WIDTH, height: NODE_HEIGHT });
  for (const [source, target] of edges) {
    if (graph.hasNode(source) && graph.hasNode(target)) graph.setEdge(source, target);
  }
  layout(graph);
  return Object.fromEntries(
    nodes.map((id) => {
      const { x = 0, y = 0 } = graph.node(id);
      return [id, [x - NODE_WIDTH / 2, y - NODE_HEIGHT / 2]] as const;
    }),
  );
}
