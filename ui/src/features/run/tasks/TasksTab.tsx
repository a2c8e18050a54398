/** All task runs of a run in a table: filtered, sorted, of any number. */

import { useMemo, useState, useSyncExternalStore } from "react";
import { EmptyState } from "@/design/EmptyState";
import { WORDS } from "@/design/icons";
import { useIsWide } from "@/design/media";
import { StateIcon } from "@/design/StateBadge";
import { Time } from "@/design/Time";
import { type Column, VirtualTable } from "@/design/VirtualTable";
import { duration } from "@/models/duration";
import type { TimelineStore } from "@/timeline/store";
import { useRunPage } from "../page";
import { RunSkeleton } from "../states";
import { stateName } from "../timeline/describe";
import { SortHead } from "./SortHead";
import { type Order, secondsOf, selectRuns } from "./select";
import { TaskFilters } from "./TaskFilters";
import { Took } from "./Took";

/** Columns for which there is room on a telephone, and how much. */
const NARROW: Readonly<Record<string, string>> = {
  name: "minmax(110px, 1fr)",
  state: "124px",
  took: "96px",
};

function narrowed(column: Column<number>): Column<number>[] {
  const width = NARROW[column.id];
  return width === undefined ? [] : [{ ...column, width }];
}

export default function TasksTab({ store }: { store: TimelineStore }) {
  const { search, setSearch } = useRunPage();
  const version = useSyncExternalStore(store.subscribe, store.getVersion);
  const isWide = useIsWide();
  const [order, setOrder] = useState<Order>("called");
  const model = store.root;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the model changes in place, its version tells
  const runs = useMemo(
    () =>
      selectRuns(model, {
        tasks: new Set(search.task ?? []),
        looks: new Set(search.state ?? []),
        text: search.q ?? "",
        order,
      }),
    [model, version, search.task, search.state, search.q, order],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above
  const columns = useMemo(() => {
    const all = columnsOf(store, runs, order, setOrder);
    return isWide ? all : all.flatMap(narrowed);
  }, [store, version, runs, order, isWide]);
  if (!store.isThere) return <RunSkeleton />;
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <TaskFilters store={store} shown={runs.length} />
      {runs.length === 0 ? (
        <EmptyState
          title={model.count === 0 ? "This run has called no tasks" : "No task run matches"}
        />
      ) : (
        <VirtualTable
          label="Task runs"
          className="panel"
          columns={columns}
          rows={runs}
          keyOf={(index) => model.idAt(index)}
          isSelected={(index) => model.idAt(index) === search.pick}
          onRow={(index) => setSearch({ pick: model.idAt(index) })}
        />
      )}
    </div>
  );
}

function columnsOf(
  store: TimelineStore,
  runs: readonly number[],
  order: Order,
  onOrder: (order: Order) => void,
): readonly Column<number>[] {
  const model = store.root;
  const longest = runs.reduce((most, index) => Math.max(most, secondsOf(model, index) || 0), 0);
  const head = (id: Order, words: string) => (
    <SortHead
      words={words}
      isOn={order === id}
      onPress={() => onOrder(order === id ? "called" : id)}
    />
  );
  return [
    {
      id: "state",
      head: head("state", "State"),
      width: "minmax(110px, 150px)",
      cell: (index) => (
        <span className="flex items-center gap-1.5">
          <StateIcon look={model.lookAt(index)} />
          {stateName(model, index) || WORDS[model.lookAt(index)]}
        </span>
      ),
    },
    {
      id: "name",
      head: head("name", "Task run"),
      width: "minmax(150px, 1.4fr)",
      cell: (index) => <PickButton id={model.idAt(index)} label={model.labelAt(index)} />,
    },
    {
      id: "message",
      head: <span className="sr-only">Message</span>,
      width: "minmax(0, 2fr)",
      cell: (index) => (
        <span className="text-muted">{model.messages.get(index)?.split("\n")[0]}</span>
      ),
    },
    {
      id: "began",
      head: head("began", "Began"),
      width: "100px",
      cell: (index) => <Began at={model.start[index]} />,
    },
    {
      id: "took",
      head: head("took", "Took"),
      width: "minmax(120px, 190px)",
      cell: (index) => (
        <Took
          seconds={secondsOf(model, index)}
          longest={longest}
          look={model.lookAt(index)}
          words={duration(secondsOf(model, index))}
        />
      ),
    },
    {
      id: "attempt",
      head: "Attempt",
      width: "70px",
      isRight: true,
      cell: (index) => {
        const attempt = model.attempt[index] ?? 1;
        return attempt > 1 ? attempt : <span className="text-muted">1</span>;
      },
    },
  ];
}

/** The name is what the keyboard reaches; the row takes clicks of the pointer. */
function PickButton({ id, label }: { id: string; label: string }) {
  const { setSearch } = useRunPage();
  return (
    <button
      type="button"
      className="max-w-full truncate font-mono text-xs hover:underline"
      onClick={() => setSearch({ pick: id })}
    >
      {label}
    </button>
  );
}

function Began({ at = Number.NaN }: { at: number | undefined }) {
  return Number.isNaN(at) ? (
    <span className="text-muted">–</span>
  ) : (
    <Time at={at / 1_000} length="clock" />
  );
}
