import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useMemo, useRef, useState } from "react";
import { serverNow } from "@/api/live";
import { useShortcut } from "@/app/keys";
import { Page } from "@/app/Page";
import { Problem } from "@/app/Problem";
import { BulkBar } from "@/features/runs/BulkBar";
import { isNarrowed } from "@/features/runs/chips";
import { FilterBar } from "@/features/runs/FilterBar";
import { HistoryPanel } from "@/features/runs/HistoryPanel";
import { NoMatch } from "@/features/runs/NoMatch";
import { NoRuns } from "@/features/runs/NoRuns";
import { RunsTable } from "@/features/runs/RunsTable";
import { type RunsSearch, selectionOf, wordsOfSearch } from "@/features/runs/search";
import { useRuns } from "@/features/runs/useRuns";
import { useSelection } from "@/features/runs/useSelection";
import { ViewBar } from "@/features/runs/ViewBar";

const route = getRouteApi("/runs");

/** All runs: what is filtered, how they went over time, and the list. */
export default function RunsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const scroller = useRef<HTMLDivElement>(null);
  const isAtTop = useCallback(() => (scroller.current?.scrollTop ?? 0) < 8, []);
  const words = useMemo(() => wordsOfSearch(search, serverNow()), [search]);
  const selection = useMemo(() => selectionOf(search, serverNow()), [search]);
  const list = useRuns(words, isAtTop);
  const chosen = useSelection(list.runs, search);
  const [current, setCurrent] = useState<number | null>(null);
  const change = useCallback((next: RunsSearch) => void navigate({ search: next }), [navigate]);

  const step = (by: number) => {
    const last = list.runs.length - 1;
    setCurrent((before) => Math.min(last, Math.max(0, before === null ? 0 : before + by)));
  };
  const here = current === null ? undefined : list.runs[current];
  useShortcut("j", "Next run", "Runs", () => step(1));
  useShortcut("k", "Previous run", "Runs", () => step(-1));
  useShortcut("x", "Select the run", "Runs", () => here !== undefined && chosen.toggle(here.id));
  useShortcut("Enter", "Open the run", "Runs", () => {
    if (here !== undefined) void navigate({ to: "/runs/$id", params: { id: here.id } });
  });
  useShortcut("f", "Only trouble", "Runs", () => change({ state: ["FAILED", "CRASHED"] }));

  const isEmpty = !list.isLoading && list.error === null && list.runs.length === 0;
  if (isEmpty && !isNarrowed(search)) {
    return (
      <Page title="Runs">
        <NoRuns />
      </Page>
    );
  }
  return (
    <Page title="Runs" isFilling>
      <div className="flex shrink-0 flex-col gap-3 px-4 pt-3 pb-2 md:px-6">
        <ViewBar search={search} onChange={change} />
        <HistoryPanel search={search} selection={selection} onChange={change} />
        <FilterBar search={search} onChange={change} list={list} />
      </div>
      {list.error !== null && list.runs.length === 0 && <Problem error={list.error} />}
      {isEmpty ? (
        <NoMatch search={search} onChange={change} />
      ) : (
        <RunsTable
          list={list}
          chosen={chosen}
          current={current}
          scroller={scroller}
          onOpen={(id, isNewTab) => {
            if (isNewTab) window.open(`${document.baseURI}runs/${id}`, "_blank", "noopener");
            else void navigate({ to: "/runs/$id", params: { id } });
          }}
        />
      )}
      <BulkBar chosen={chosen} selection={selection} total={list.total} isExact={list.isExact} />
    </Page>
  );
}
