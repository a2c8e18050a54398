/** The top of the run page: what happened, what to try, what can be done. */

import { Link } from "@tanstack/react-router";
import { Lightbulb } from "lucide-react";
import type { ReactNode } from "react";
import type { FlowRunDetail } from "@/api/types";
import { Elapsed } from "@/design/Duration";
import { StateBadge, StateIcon } from "@/design/StateBadge";
import { Time } from "@/design/Time";
import { isTrouble, lookOf } from "@/timeline/looks";
import { RunActions } from "./actions/RunActions";
import { Parameters } from "./Parameters";
import { isOpenRun, useRunPage } from "./page";
import { PauseBox } from "./pause/PauseBox";

export function RunHeader() {
  const { run } = useRunPage();
  return (
    <header className="shrink-0 px-4 pt-2.5 pb-2 max-md:px-3">
      <div className="flex flex-wrap items-start justify-end gap-x-4 gap-y-2">
        <Sentence run={run} />
        <RunActions />
      </div>
      <Facts run={run} />
      {run.pause === null ? null : <PauseBox pause={run.pause} />}
    </header>
  );
}

function Sentence({ run }: { run: FlowRunDetail }) {
  const { setSearch } = useRunPage();
  const look = lookOf(run.state_type, run.state_name);
  const { failure } = run;
  return (
    <div className="flex min-w-[min(100%,20rem)] flex-1 gap-2.5">
      <span className="pt-1">
        <StateIcon look={look} size={18} />
      </span>
      <div className="min-w-0 flex-1">
        <p className="text-lg font-medium break-words" data-testid="sentence">
          {run.sentence}
        </p>
        {run.hint === null ? null : (
          <p className="mt-0.5 flex items-start gap-1.5 break-words text-muted">
            <Lightbulb size={14} aria-label="What to try:" className="mt-[3px] shrink-0" />
            <span className="line-clamp-3">{run.hint}</span>
          </p>
        )}
        {failure !== null && isTrouble(look) ? (
          <button
            type="button"
            className="link mt-0.5 text-sm"
            onClick={() => setSearch({ pick: failure.task_run_id })}
          >
            Show what happened in {failure.name}
          </button>
        ) : null}
      </div>
    </div>
  );
}

function Facts({ run }: { run: FlowRunDetail }) {
  return (
    <div className="mt-2 flex flex-wrap items-center gap-x-5 gap-y-1 text-sm">
      <dl className="contents">
        <Fact name="State">
          <StateBadge type={run.state_type} name={run.state_name} />
        </Fact>
        <Fact name="Began">
          <Time at={run.start_time ?? run.created} />
        </Fact>
        <Fact name="Took">
          <Elapsed start={run.start_time} end={isOpenRun(run) ? null : run.end_time} />
        </Fact>
        {run.attempt > 1 ? <Fact name="Attempt">{run.attempt}</Fact> : null}
      </dl>
      <Parameters parameters={run.parameters} />
      {run.tags.map((tag) => (
        <Link
          key={tag}
          to="/runs"
          search={{ tag: [tag] }}
          className="rounded-full border border-line px-2 text-xs text-muted hover:border-line-strong hover:text-ink"
        >
          {tag}
        </Link>
      ))}
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex items-center gap-1.5">
      <dt className="text-muted">{name}</dt>
      <dd className="flex items-center">{children}</dd>
    </div>
  );
}
