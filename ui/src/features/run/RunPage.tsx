/** The page of one flow run: what happened, what can be done, and the views of it. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { onChanges } from "@/api/live";
import { getFlowRun, KEYS } from "@/api/queries";
import type { FlowRunDetail } from "@/api/types";
import { type Crumb, Page } from "@/app/Page";
import { lookOf } from "@/timeline/looks";
import type { TimelineStore } from "@/timeline/store";
import {
  applyChange,
  isOpenRun,
  RunPageContext,
  type RunPageValue,
  type SearchChange,
} from "./page";
import { TaskPanel } from "./panel/TaskPanel";
import { RunHeader } from "./RunHeader";
import { RunTabs } from "./RunTabs";
import type { RunSearch } from "./search";
import { RunMissing, RunSkeleton } from "./states";
import { useTimelineStore } from "./useTimelineStore";

const route = getRouteApi("/runs/$id");

export default function RunPage() {
  const { id } = route.useParams();
  const { data: run, error } = useQuery(getFlowRun(id));
  // Asked for beside the run and not after it: it is what one waits for.
  const store = useTimelineStore(id, run !== undefined && isOpenRun(run));
  useRunIsCurrent(id);
  if (run !== undefined) return <LoadedRun key={id} run={run} store={store} />;
  return (
    <Page title="Run" crumbs={[RUNS]}>
      {error === null ? <RunSkeleton /> : <RunMissing error={error} />}
    </Page>
  );
}

const RUNS: Crumb = { label: "Runs", to: "/runs" };

function LoadedRun({ run, store }: { run: FlowRunDetail; store: TimelineStore }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const setSearch = useCallback(
    (change: SearchChange, replace = false) => {
      void navigate({ search: (now: RunSearch) => applyChange(now, change), replace });
    },
    [navigate],
  );
  const value = useMemo<RunPageValue>(
    () => ({ id: run.id, run, search, setSearch }),
    [run, search, setSearch],
  );
  const look = lookOf(run.state_type, run.state_name);
  return (
    <RunPageContext value={value}>
      <Page
        title={run.name}
        tabTitle={`${run.flow_name} · ${run.name}`}
        look={look}
        crumbs={crumbsOf(run)}
        isFilling
      >
        <RunHeader />
        <div className="relative flex min-h-0 flex-1">
          <RunTabs store={store} />
          {search.pick === undefined ? null : (
            <TaskPanel key={search.pick} taskRunId={search.pick} store={store} />
          )}
        </div>
      </Page>
    </RunPageContext>
  );
}

/** The way to the run: its flow, and the runs it is nested in. */
function crumbsOf(run: FlowRunDetail): readonly Crumb[] {
  const outer = run.parents.map((parent) => ({
    label: `${parent.flow_name} · ${parent.name}`,
    to: "/runs/$id" as const,
    params: { id: parent.id },
  }));
  return [
    RUNS,
    ...outer,
    { label: run.flow_name, to: "/flows/$name", params: { name: run.flow_name } },
  ];
}

/** Ask for the run again when its state has changed: its sentence, its counts, its pause too. */
function useRunIsCurrent(id: string): void {
  const client = useQueryClient();
  const last = useRef(0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const refresh = () => {
      last.current = performance.now();
      timer = undefined;
      void client.invalidateQueries(
        { queryKey: [KEYS.run, id, "detail"] },
        { cancelRefetch: false },
      );
    };
    const stop = onChanges((changes) => {
      const isMine =
        changes === null ||
        changes.run?.id === id ||
        changes.flow_runs.some((run) => run.id === id);
      // Counts of a busy run change many times a second; once is often enough to read them.
      if (isMine)
        timer ??= setTimeout(refresh, Math.max(0, last.current + 1_000 - performance.now()));
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [client, id]);
}
