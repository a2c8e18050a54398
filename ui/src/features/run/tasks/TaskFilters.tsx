/** Filters of the table of task runs: states, and a part of the name. */

import { useEffect, useState } from "react";
import { WORDS } from "@/design/icons";
import { StateIcon } from "@/design/StateBadge";
import { LOOKS } from "@/timeline/looks";
import type { TimelineStore } from "@/timeline/store";
import { useRunPage } from "../page";
import { countAll } from "./select";

const PAUSE_MS = 200;

export function TaskFilters({ store, shown }: { store: TimelineStore; shown: number }) {
  const { search, setSearch } = useRunPage();
  const counts = countAll(store.root);
  const chosen = search.state ?? [];
  const toggle = (look: string) => {
    const next = chosen.includes(look) ? chosen.filter((one) => one !== look) : [...chosen, look];
    setSearch({ state: next.length === 0 ? undefined : next });
  };
  return (
    <div className="mb-2 flex flex-wrap items-center gap-1.5 text-sm">
      <NameFilter />
      {LOOKS.filter((look) => counts.has(look) || chosen.includes(look)).map((look) => (
        <button
          key={look}
          type="button"
          aria-pressed={chosen.includes(look)}
          onClick={() => toggle(look)}
          className={`inline-flex h-7 items-center gap-1.5 rounded-full border px-2.5 ${
            chosen.includes(look)
              ? "border-accent bg-accent-ground"
              : "border-line bg-panel hover:border-line-strong"
          }`}
        >
          <StateIcon look={look} size={13} />
          {WORDS[look]}
          <span className="text-muted">{(counts.get(look) ?? 0).toLocaleString("en")}</span>
        </button>
      ))}
      <span className="ml-auto text-xs text-muted">
        {shown.toLocaleString("en")} of {store.root.count.toLocaleString("en")}
      </span>
    </div>
  );
}

function NameFilter() {
  const { search, setSearch } = useRunPage();
  const found = search.q ?? "";
  const [text, setText] = useState(found);
  useEffect(() => setText(found), [found]);
  useEffect(() => {
    if (text === found) return;
    const timer = setTimeout(
      () => setSearch({ q: text === "" ? undefined : text }, true),
      PAUSE_MS,
    );
    return () => clearTimeout(timer);
  }, [text, found, setSearch]);
  return (
    <input
      type="search"
      aria-label="Part of a task run's name"
      placeholder="name"
      value={text}
      onChange={(event) => setText(event.target.value)}
      className="h-7 w-40 rounded-md border border-line bg-panel px-2"
    />
  );
}
