/** The views of a run, and the chips that say to which tasks they are narrowed. */

import { X } from "lucide-react";
import { lazy, Suspense, useCallback, useMemo } from "react";
import type { FlowRunDetail } from "@/api/types";
import { type TabOf, TabPanel, Tabs } from "@/design/Tabs";
import type { Row } from "@/timeline/layout";
import type { TimelineStore } from "@/timeline/store";
import { isOpenRun, useRunPage } from "./page";
import type { Tab } from "./search";
import { RunSkeleton } from "./states";
import { Timeline } from "./timeline/Timeline";
import { TimelineEmpty } from "./timeline/TimelineEmpty";
import { useHasTimeline } from "./timeline/useHasTimeline";

const GraphTab = lazy(() => import("./graph/GraphTab"));
const TasksTab = lazy(() => import("./tasks/TasksTab"));
const LogsTab = lazy(() => import("./logs/LogsTab"));
const ArtifactsTab = lazy(() => import("./artifacts/ArtifactsTab"));
const DetailsTab = lazy(() => import("./details/DetailsTab"));

export function RunTabs({ store }: { store: TimelineStore }) {
  const { run, search, setSearch } = useRunPage();
  const chosen = search.tab ?? "timeline";
  return (
    <Tabs
      label="Views of this run"
      tabs={tabsOf(run)}
      chosen={chosen}
      onChoose={(tab: Tab) => setSearch({ tab: tab === "timeline" ? undefined : tab })}
      className="min-w-0 flex-1"
    >
      <TabPanel id={chosen}>
        <div className="flex min-h-0 flex-1 flex-col px-4 pt-2.5 pb-3 max-md:px-2">
          <Narrowed />
          <Suspense fallback={<RunSkeleton />}>
            <TabBody tab={chosen} store={store} />
          </Suspense>
        </div>
      </TabPanel>
    </Tabs>
  );
}

function TabBody({ tab, store }: { tab: Tab; store: TimelineStore }) {
  switch (tab) {
    case "timeline":
      return <TimelineTab store={store} />;
    case "graph":
      return <GraphTab />;
    case "tasks":
      return <TasksTab store={store} />;
    case "logs":
      return <LogsTab />;
    case "artifacts":
      return <ArtifactsTab />;
    case "details":
      return <DetailsTab />;
  }
}

function tabsOf(run: FlowRunDetail): readonly TabOf<Tab>[] {
  const tasks = run.task_counts.reduce((sum, { count }) => sum + count, 0);
  return [
    { id: "timeline", label: "Timeline" },
    { id: "graph", label: "Graph" },
    { id: "tasks", label: "Tasks", count: tasks },
    { id: "logs", label: "Logs", count: run.log_count },
    { id: "artifacts", label: "Artifacts", count: run.artifact_count },
    { id: "details", label: "Details" },
  ];
}

function TimelineTab({ store }: { store: TimelineStore }) {
  const { run, search, setSearch } = useRunPage();
  const tasks = useMemo(() => new Set(search.task ?? []), [search.task]);
  const choose = useCallback((row: Row) => setSearch({ pick: row.id }), [setSearch]);
  const setFailed = useCallback(
    (on: boolean) => setSearch({ failed: on ? true : undefined }, true),
    [setSearch],
  );
  const has = useHasTimeline(store);
  if (has !== "rows") return <TimelineEmpty store={store} has={has} />;
  return (
    <Timeline
      store={store}
      tasks={tasks}
      failedOnly={search.failed === true}
      isLive={isOpenRun(run) && run.state_type !== "PAUSED"}
      chosen={search.pick ?? null}
      onFailedOnly={setFailed}
      onChoose={choose}
    />
  );
}

/** The tasks that the views are narrowed to; each can be taken out. */
function Narrowed() {
  const { search, setSearch } = useRunPage();
  const tasks = search.task ?? [];
  if (tasks.length === 0) return null;
  const without = (task: string) => {
    const rest = tasks.filter((other) => other !== task);
    setSearch({ task: rest.length === 0 ? undefined : rest });
  };
  return (
    <ul aria-label="Narrowed to" className="mb-2 flex flex-wrap items-center gap-1.5 text-sm">
      {tasks.map((task) => (
        <li key={task}>
          <button
            type="button"
            onClick={() => without(task)}
            className="inline-flex h-6 items-center gap-1 rounded-full border border-accent bg-accent-ground pr-1.5 pl-2.5 hover:border-line-strong"
          >
            <span className="text-muted">task</span>
            <span className="font-mono text-xs">{task}</span>
            <span className="sr-only">take this filter out</span>
            <X size={13} aria-hidden />
          </button>
        </li>
      ))}
    </ul>
  );
}
