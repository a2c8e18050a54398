/** Places of the nodes, asked of the worker anew only when the shape changes. */

import { useEffect, useMemo, useState } from "react";
import type { Graph } from "@/api/types";
import type { Places, Shape } from "./arrange";

export function usePlaces(graph: Graph | undefined): Places | null {
  const [places, setPlaces] = useState<Places | null>(null);
  const key = graph === undefined ? null : JSON.stringify(shapeOf(graph));
  const worker = useMemo(
    () => new Worker(new URL("./arrange.worker.ts", import.meta.url), { type: "module" }),
    [],
  );
  useEffect(() => () => worker.terminate(), [worker]);
  useEffect(() => {
    if (key === null) return;
    function take(event: MessageEvent<{ key: string; places: Places }>): void {
      if (event.data.key === key) setPlaces(event.data.places);
    }
    worker.addEventListener("message", take);
    worker.postMessage({ key, shape: JSON.parse(key) as Shape });
    return () => worker.removeEventListener("message", take);
  }, [worker, key]);
  return places;
}

function shapeOf(graph: Graph): Shape {
  return {
    nodes: graph.nodes.map((node) => node.id),
    edges: graph.edges.map((edge) => [edge.source, edge.target]),
  };
}
