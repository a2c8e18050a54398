import { Link } from "@tanstack/react-router";
import { ArrowUp, CornerDownRight } from "lucide-react";
import { type RefObject, useMemo } from "react";
import type { FlowRun } from "@/api/types";
import { Button } from "@/design/Button";
import { Elapsed } from "@/design/Duration";
import { Checkbox } from "@/design/Field";
import { useIsWide } from "@/design/media";
import { StateBadge } from "@/design/StateBadge";
import { Time } from "@/design/Time";
import { type Column, VirtualTable } from "@/design/VirtualTable";
import { RunNews } from "@/features/runs/RunNews";
import type { useRuns } from "@/features/runs/useRuns";
import type { Selection } from "@/features/runs/useSelection";

type Props = {
  list: ReturnType<typeof useRuns>;
  chosen: Selection;
  current: number | null;
  scroller: RefObject<HTMLDivElement | null>;
  onOpen: (id: string, isNewTab: boolean) => void;
};

/** The list of runs: a table, or two lines a run on a phone. */
export function RunsTable({ list, chosen, current, scroller, onOpen }: Props) {
  const isWide = useIsWide();
  const columns = useMemo(() => (isWide ? wideColumns(chosen) : narrowColumns()), [isWide, chosen]);
  return (
    <div className="relative mx-0 flex min-h-0 flex-1 flex-col border-t border-line bg-panel md:mx-6 md:mb-4 md:rounded-md md:border">
      {list.newCount > 0 && (
        <div className="pointer-events-none absolute inset-x-0 top-10 z-20 flex justify-center">
          <Button
            kind="primary"
            isSmall
            className="pointer-events-auto shadow-pop"
            onPress={() => {
              list.showNew();
              scroller.current?.scrollTo({ top: 0 });
            }}
          >
            <ArrowUp size={14} aria-hidden />
            {list.newCount} new {list.newCount === 1 ? "run" : "runs"}
          </Button>
        </div>
      )}
      <VirtualTable
        label="Runs"
        columns={columns}
        rows={list.runs}
        keyOf={(run) => run.id}
        total={list.total}
        onEnd={list.more}
        current={current}
        isSelected={(run) => chosen.ids.has(run.id)}
        onRow={(run, { isNewTab }) => onOpen(run.id, isNewTab)}
        scrollRef={scroller}
        {...(isWide ? {} : { rowHeight: 62 })}
        className={list.isOld ? "opacity-60 transition-opacity" : ""}
      />
    </div>
  );
}

function NameLink({ run }: { run: FlowRun }) {
  return (
    <Link
      to="/runs/$id"
      params={{ id: run.id }}
      className="inline-flex max-w-full items-center gap-1 rounded-sm align-middle font-medium hover:underline"
    >
      {run.parent_flow_run_id !== null && (
        <CornerDownRight
          size={13}
          className="shrink-0 text-muted"
          aria-label="nested in another run"
        />
      )}
      <span className="truncate">{run.name}</span>
    </Link>
  );
}

function wideColumns(chosen: Selection): Column<FlowRun>[] {
  return [
    {
      cell: ({ id, name }) => (
        <Checkbox
          aria-label={`Select ${name}`}
          checked={chosen.ids.has(id)}
          onChange={() => chosen.toggle(id)}
        />
      ),
      head: (
        <Checkbox
          aria-label="Select the runs shown"
          checked={chosen.ids.size > 0}
          onChange={chosen.toggleShown}
        />
      ),
      id: "check",
      width: "30px",
    },
    {
      cell: (run) => <StateBadge type={run.state_type} name={run.state_name} />,
      head: "State",
      id: "state",
      width: "128px",
    },
    {
      cell: (run) => <NameLink run={run} />,
      head: "Run",
      id: "name",
      width: "minmax(140px, 1.2fr)",
    },
    {
      cell: ({ flow_name }) => (
        <Link
          to="/flows/$name"
          params={{ name: flow_name }}
          className="truncate rounded-sm text-muted hover:text-ink hover:underline"
        >
          {flow_name}
        </Link>
      ),
      head: "Flow",
      id: "flow",
      width: "minmax(120px, 1fr)",
    },
    {
      cell: (run) => <Time at={run.start_time ?? run.created} className="text-muted" />,
      head: "Started",
      id: "started",
      width: "104px",
    },
    {
      cell: ({ start_time, end_time }) => (
        <Elapsed start={start_time} end={end_time} className="pr-4" />
      ),
      head: <span className="pr-4">Took</span>,
      id: "took",
      isRight: true,
      width: "112px",
    },
    {
      cell: (run) => <RunNews run={run} />,
      head: "What happened",
      id: "news",
      width: "minmax(220px, 2.2fr)",
    },
  ];
}

function narrowColumns(): Column<FlowRun>[] {
  return [
    {
      cell: (run) => (
        <div className="flex flex-col gap-0.5 py-1">
          <div className="flex items-center justify-between gap-3">
            <NameLink run={run} />
            <StateBadge type={run.state_type} name={run.state_name} size={14} />
          </div>
          <div className="flex items-center justify-between gap-3 text-xs text-muted">
            <span className="truncate">{run.flow_name}</span>
            <span className="flex shrink-0 gap-2">
              <Time at={run.start_time ?? run.created} />
              <Elapsed start={run.start_time} end={run.end_time} />
            </span>
          </div>
        </div>
      ),
      head: "Runs",
      id: "run",
      width: "minmax(0, 1fr)",
    },
  ];
}
