/**
 * What of the graph one sees first: all of it where that can be read, else where it went wrong,
 * or its beginning. A view of four hundred nodes at once is a grey smear.
 */

import { useReactFlow } from "@xyflow/react";
import { useEffect, useRef } from "react";
import { isTrouble, rankOf } from "@/timeline/looks";
import { lookOfNode, type TaskFlowNode } from "./elements";

/** Smaller than this, names cannot be read. */
const READABLE = 0.7;

export function useFirstView(nodes: readonly TaskFlowNode[]): void {
  const { fitView, getZoom } = useReactFlow();
  const isDone = useRef(false);
  useEffect(() => {
    if (nodes.length === 0 || isDone.current) return;
    isDone.current = true;
    const frame = requestAnimationFrame(async () => {
      await fitView({ maxZoom: 1, padding: 0.1 });
      if (getZoom() >= READABLE) return;
      const focus = focusOf(nodes);
      await fitView({ nodes: focus, minZoom: READABLE, maxZoom: 0.9, padding: 0.4 });
    });
    return () => cancelAnimationFrame(frame);
  }, [nodes, fitView, getZoom]);
}

/** The nodes to begin with: those in trouble, else those on the left. */
function focusOf(nodes: readonly TaskFlowNode[]): { id: string }[] {
  const bad = nodes
    .filter((node) => isTrouble(lookOfNode(node.data)))
    .sort((one, other) => rankOf(lookOfNode(one.data)) - rankOf(lookOfNode(other.data)));
  if (bad.length > 0) return bad.slice(0, 1).map(({ id }) => ({ id }));
  const left = Math.min(...nodes.map((node) => node.position.x));
  const first = nodes.filter((node) => node.position.x === left);
  return first.slice(0, 4).map(({ id }) => ({ id }));
}
