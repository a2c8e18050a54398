/** The search box of the log: what the browser's own search cannot do, for most lines are not here. */

import { ChevronDown, ChevronUp, Filter, Search, X } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useShortcut } from "@/app/keys";
import { IconButton } from "@/design/Button";
import { useRunPage } from "../page";
import type { Hits } from "./useHits";

/** So long after the last key the server is asked. */
const PAUSE_MS = 250;

export function LogFind({ hits }: { hits: Hits }) {
  const { search, setSearch } = useRunPage();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(search.find ?? "");
  const found = search.find ?? "";
  useEffect(() => setText(found), [found]);
  useEffect(() => {
    if (text === found) return;
    const timer = setTimeout(() => {
      setSearch(
        { find: text === "" ? undefined : text, ...(text === "" ? { only: undefined } : {}) },
        true,
      );
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, found, setSearch]);
  const focus = () => {
    input.current?.focus();
    input.current?.select();
  };
  useShortcut("/", "Search the log", "Run", focus);
  useShortcut("Ctrl F", "Search the log", "Run", focus);

  function press(event: KeyboardEvent): void {
    if (event.key === "Escape" && text !== "") setText("");
    else if (event.key === "Enter" && text === found) hits.go(event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
  }

  return (
    <div className="lg-find">
      <Search size={14} aria-hidden className="text-muted" />
      <input
        ref={input}
        type="search"
        aria-label="Search all lines of this run"
        placeholder="search all lines"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={press}
      />
      {found === "" ? null : (
        <>
          <span className="text-xs whitespace-nowrap text-muted" aria-live="polite">
            {sayHits(hits, search.only === true)}
          </span>
          {search.only === true ? null : (
            <>
              <IconButton label="Previous hit (Shift Enter)" isSmall onPress={() => hits.go(-1)}>
                <ChevronUp size={15} />
              </IconButton>
              <IconButton label="Next hit (Enter)" isSmall onPress={() => hits.go(1)}>
                <ChevronDown size={15} />
              </IconButton>
            </>
          )}
          <IconButton
            label="Show lines with hits only"
            isSmall
            isOn={search.only === true}
            onPress={() => setSearch({ only: search.only === true ? undefined : true }, true)}
          >
            <Filter size={13} />
          </IconButton>
          <IconButton label="Clear the search" isSmall onPress={() => setText("")}>
            <X size={14} />
          </IconButton>
        </>
      )}
    </div>
  );
}

function sayHits(hits: Hits, isFiltered: boolean): string {
  if (isFiltered) return "hits only";
  if (hits.isSearching && hits.total === 0) return "…";
  if (hits.total === 0) return "no hit";
  const total = hits.total.toLocaleString("en");
  return hits.current < 0
    ? `${total} ${hits.total === 1 ? "hit" : "hits"}`
    : `${hits.current + 1}/${total}`;
}
