/** One task run beside the views: what became of it, its attempts, why, and where to look further. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import { type ReactNode, useEffect, useSyncExternalStore } from "react";
import { KEYS } from "@/api/queries";
import { useShortcut } from "@/app/keys";
import { IconButton } from "@/design/Button";
import { StateIcon } from "@/design/StateBadge";
import { lookOf } from "@/timeline/looks";
import type { TimelineStore } from "@/timeline/store";
import { useRunPage } from "../page";
import { getTaskRun } from "../queries";
import { NestedFacts } from "./NestedFacts";
import { TaskFacts } from "./TaskFacts";

type Props = { taskRunId: string; store: TimelineStore };

export function TaskPanel({ taskRunId, store }: Props) {
  const { setSearch } = useRunPage();
  const close = () => setSearch({ pick: undefined }, true);
  useShortcut("Escape", "Close the side panel", "Run", close);
  const isNested = !/-\d+$/.test(taskRunId);
  return (
    <aside
      aria-label="Task run"
      className="flex w-[400px] max-w-full shrink-0 flex-col border-l border-line bg-panel max-lg:absolute max-lg:inset-y-0 max-lg:right-0 max-lg:z-20 max-lg:shadow-pop max-md:w-full"
    >
      {isNested ? (
        <NestedFacts flowRunId={taskRunId} onClose={close} />
      ) : (
        <LoadedPanel taskRunId={taskRunId} store={store} onClose={close} />
      )}
    </aside>
  );
}

function LoadedPanel({ taskRunId, store, onClose }: Props & { onClose: () => void }) {
  const { id } = useRunPage();
  const { data: run, error } = useQuery(getTaskRun(id, taskRunId));
  useIsCurrent(id, taskRunId, store);
  return (
    <>
      <PanelHead onClose={onClose}>
        {run === undefined ? (
          <span className="text-muted">{error === null ? "Loading…" : "Not found"}</span>
        ) : (
          <>
            <StateIcon look={lookOf(run.state_type, run.state_name)} />
            <h2 className="truncate font-mono text-sm font-medium">{run.name}</h2>
          </>
        )}
      </PanelHead>
      <div className="min-h-0 flex-1 overflow-y-auto px-4 pb-6">
        {error === null ? null : <p className="py-3 text-muted">{error.message}</p>}
        {run === undefined ? null : <TaskFacts run={run} />}
        {run !== undefined && run.flow_run_id !== id ? (
          <p className="mt-3 text-sm">
            It belongs to the nested run{" "}
            <Link
              to="/runs/$id"
              params={{ id: run.flow_run_id }}
              className="link font-mono text-xs"
            >
              {run.flow_run_name}
            </Link>
            .
          </p>
        ) : null}
      </div>
    </>
  );
}

export function PanelHead({ children, onClose }: { children: ReactNode; onClose: () => void }) {
  return (
    <div className="flex items-center gap-2 border-b border-line py-1.5 pr-1.5 pl-4">
      <div className="flex min-w-0 flex-1 items-center gap-2">{children}</div>
      <IconButton label="Close (Escape)" isSmall onPress={onClose}>
        <X size={16} />
      </IconButton>
    </div>
  );
}

/** Ask again when the timeline says that the state of this run, or its attempt, has changed. */
function useIsCurrent(flowRunId: string, taskRunId: string, store: TimelineStore): void {
  const client = useQueryClient();
  const state = useSyncExternalStore(store.subscribe, () => stateIn(store, taskRunId));
  useEffect(() => {
    if (state === "") return;
    void client.invalidateQueries({ queryKey: [KEYS.run, flowRunId, "task", taskRunId] });
  }, [client, flowRunId, taskRunId, state]);
}

function stateIn(store: TimelineStore, taskRunId: string): string {
  for (const model of [store.root, ...store.nested.values()]) {
    const index = model.indexOf(taskRunId);
    if (index !== undefined)
      return `${model.states[model.state[index] ?? 0]} ${model.attempt[index]}`;
  }
  return "";
}
