import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { findFlows } from "@/api/queries";
import type { Flow } from "@/api/types";
import { useShortcut } from "@/app/keys";
import { Page } from "@/app/Page";
import { Problem } from "@/app/Problem";
import { Duration } from "@/design/Duration";
import { EmptyState } from "@/design/EmptyState";
import { TextInput } from "@/design/Field";
import { useIsWide } from "@/design/media";
import { StateBadge } from "@/design/StateBadge";
import { Time } from "@/design/Time";
import { type Column, VirtualTable } from "@/design/VirtualTable";
import { RecentStrip } from "@/features/flows/RecentStrip";
import { sayRate } from "@/features/flows/rate";
import { NoRuns } from "@/features/runs/NoRuns";

/** The flows that have run, and how they do. */
export default function FlowsPage() {
  const { data: flows, error } = useQuery(findFlows());
  const [text, setText] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const navigate = useNavigate();
  const isWide = useIsWide();
  useShortcut("/", "Filter", "Flows", () => input.current?.focus());
  const rows = useMemo(() => {
    const word = text.trim().toLowerCase();
    return (flows ?? []).filter(({ name }) => name.toLowerCase().includes(word));
  }, [flows, text]);
  if (flows?.length === 0) {
    return (
      <Page title="Flows">
        <NoRuns />
      </Page>
    );
  }
  return (
    <Page title="Flows" isFilling>
      <div className="flex items-center gap-3 px-4 py-3 md:px-6">
        <div className="relative">
          <Search size={14} aria-hidden className="absolute top-2.25 left-2.5 text-muted" />
          <TextInput
            ref={input}
            type="search"
            aria-label="Filter flows by name"
            placeholder="name"
            value={text}
            onChange={(event) => setText(event.target.value)}
            className="w-64 pl-8!"
          />
        </div>
        <span className="ml-auto text-sm text-muted" role="status">
          {flows !== undefined && `${rows.length} ${rows.length === 1 ? "flow" : "flows"}`}
        </span>
      </div>
      {error !== null && flows === undefined && <Problem error={error} />}
      {flows !== undefined && rows.length === 0 ? (
        <EmptyState title="No flow has that in its name">
          <p>{flows.length} flows have run here.</p>
        </EmptyState>
      ) : (
        <div className="flex min-h-0 flex-1 flex-col border-t border-line bg-panel md:mx-6 md:mb-4 md:rounded-md md:border">
          <VirtualTable
            label="Flows"
            columns={isWide ? WIDE : NARROW}
            rows={rows}
            keyOf={({ name }) => name}
            onRow={({ name }) => void navigate({ to: "/flows/$name", params: { name } })}
            {...(isWide ? {} : { rowHeight: 62 })}
          />
        </div>
      )}
    </Page>
  );
}

function NameLink({ name }: { name: string }) {
  return (
    <Link
      to="/flows/$name"
      params={{ name }}
      className="truncate rounded-sm font-medium hover:underline"
    >
      {name}
    </Link>
  );
}

const WIDE: Column<Flow>[] = [
  {
    cell: ({ name }) => <NameLink name={name} />,
    head: "Flow",
    id: "name",
    width: "minmax(160px, 2fr)",
  },
  {
    cell: ({ recent }) => <RecentStrip recent={recent} />,
    head: "Last runs",
    id: "recent",
    width: "170px",
  },
  {
    cell: ({ run_count }) => run_count.toLocaleString("en"),
    head: "Runs",
    id: "runs",
    isRight: true,
    width: "90px",
  },
  {
    cell: ({ success_rate }) => sayRate(success_rate),
    head: "Succeed",
    id: "rate",
    isRight: true,
    width: "90px",
  },
  {
    cell: ({ median_run_time }) => <Duration seconds={median_run_time} />,
    head: "Median time",
    id: "median",
    isRight: true,
    width: "120px",
  },
  {
    cell: ({ last_run }) =>
      last_run === null ? null : (
        <Link
          to="/runs/$id"
          params={{ id: last_run.id }}
          className="inline-flex items-center gap-2 rounded-sm pl-6 align-middle hover:underline"
        >
          <StateBadge type={last_run.state_type} name={last_run.state_name} />
          <Time at={last_run.created} length="relative" className="text-muted" />
        </Link>
      ),
    head: <span className="pl-6">Last run</span>,
    id: "last",
    width: "minmax(230px, 1.4fr)",
  },
];

const NARROW: Column<Flow>[] = [
  {
    cell: ({ name, recent, last_run, median_run_time }) => (
      <div className="flex flex-col gap-1 py-1">
        <div className="flex items-center justify-between gap-3">
          <NameLink name={name} />
          {last_run !== null && (
            <Time at={last_run.created} length="relative" className="text-xs text-muted" />
          )}
        </div>
        <div className="flex items-center justify-between gap-3 text-xs text-muted">
          <RecentStrip recent={recent} />
          <Duration seconds={median_run_time} />
        </div>
      </div>
    ),
    head: "Flows",
    id: "flow",
    width: "minmax(0, 1fr)",
  },
];
