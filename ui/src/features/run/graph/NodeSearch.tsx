/** Finds a task in a graph that is too big to be seen at once. */

import { useReactFlow } from "@xyflow/react";
import { type FormEvent, useId, useState } from "react";
import type { TaskFlowNode } from "./elements";

export function NodeSearch({ nodes }: { nodes: readonly TaskFlowNode[] }) {
  const { fitView } = useReactFlow();
  const [text, setText] = useState("");
  const list = useId();
  const names = [...new Set(nodes.map((node) => node.data.name))].sort();
  const found = nodes.filter(
    ({ data }) => text !== "" && data.name.toLowerCase().includes(text.toLowerCase()),
  );

  function go(event: FormEvent): void {
    event.preventDefault();
    if (found.length === 0) return;
    void fitView({
      nodes: found.map(({ id }) => ({ id })),
      maxZoom: 1,
      padding: 0.5,
      duration: 150,
    });
  }

  return (
    <form onSubmit={go} className="gr-search">
      <input
        type="search"
        list={list}
        value={text}
        placeholder="find a task"
        aria-label="Find a task in the graph"
        onChange={(event) => setText(event.target.value)}
      />
      <datalist id={list}>
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <span aria-live="polite" className="text-xs text-muted">
        {text === "" ? "" : `${found.length} found`}
      </span>
    </form>
  );
}
