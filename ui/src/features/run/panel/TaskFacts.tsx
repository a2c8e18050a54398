/** All that is known of one task run. */

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Lightbulb } from "lucide-react";
import { findArtifacts } from "@/api/queries";
import type { TaskRunDetail } from "@/api/types";
import { Copyable } from "@/design/CodeBlock";
import { Elapsed } from "@/design/Duration";
import { StateBadge } from "@/design/StateBadge";
import { Time } from "@/design/Time";
import { duration } from "@/models/duration";
import { isOpenRun, useRunPage } from "../page";
import { getTaskRunStates } from "../queries";
import { Fact, Facts, Heading } from "./Facts";
import { Frames } from "./Frames";
import { States } from "./States";

export function TaskFacts({ run }: { run: TaskRunDetail }) {
  const { id } = useRunPage();
  const { data: states = [] } = useQuery(getTaskRunStates(id, run.id));
  const waited = secondsBetween(run.created, run.start_time);
  return (
    <>
      {run.message === null ? null : (
        <p className="mt-3 font-medium break-words whitespace-pre-wrap">{run.message}</p>
      )}
      {run.hint === null ? null : (
        <p className="mt-1 flex items-start gap-1.5 text-sm break-words text-muted">
          <Lightbulb size={14} aria-label="What to try:" className="mt-[3px] shrink-0" />
          {run.hint}
        </p>
      )}
      {run.traceback === null ? null : <Frames text={run.traceback} />}
      <Links run={run} />
      <Facts>
        <Fact name="State">
          <StateBadge type={run.state_type} name={run.state_name} />
        </Fact>
        <Fact name="Began">
          <Time at={run.start_time} length="exact" />
        </Fact>
        <Fact name="Took">
          <Elapsed start={run.start_time} end={isOpenRun(run) ? null : run.end_time} />
        </Fact>
        {waited === null || waited < 0.001 || run.attempt > 1 ? null : (
          <Fact name="Waited">{duration(waited)}</Fact>
        )}
        {run.attempt > 1 ? <Fact name="Attempt">{run.attempt}</Fact> : null}
        {run.reason === null ? null : <Fact name="Ran because">{run.reason}</Fact>}
        <Fact name="Result">{sayResult(run)}</Fact>
        {run.upstreams.length === 0 ? null : (
          <Fact name="Used">
            <Upstreams run={run} />
          </Fact>
        )}
        {run.tags.length === 0 ? null : <Fact name="Tags">{run.tags.join(", ")}</Fact>}
        <Fact name="Task">
          <code className="break-all">{run.task_key}</code>
        </Fact>
        <Fact name="Id">
          <span className="flex min-w-0">
            <Copyable text={run.id} />
          </span>
        </Fact>
      </Facts>
      <Heading>States</Heading>
      <States states={states} />
      {run.artifact_count > 0 ? <TaskArtifacts run={run} /> : null}
    </>
  );
}

/** To the lines it wrote, and to all runs of its task. */
function Links({ run }: { run: TaskRunDetail }) {
  const { setSearch } = useRunPage();
  return (
    <div className="mt-3 flex flex-wrap gap-x-4 gap-y-1 text-sm">
      <button
        type="button"
        className="link"
        onClick={() => setSearch({ tab: "logs", of: run.id, task: undefined, line: undefined })}
      >
        {run.log_count === 0 ? "No log lines" : `${run.log_count.toLocaleString("en")} log lines`}
      </button>
      <button
        type="button"
        className="link"
        onClick={() => setSearch({ task: [run.task_name], pick: undefined })}
      >
        Only runs of {run.task_name}
      </button>
    </div>
  );
}

/** So many of the runs whose results it used are named. */
const SHOWN = 12;

function Upstreams({ run }: { run: TaskRunDetail }) {
  const { setSearch } = useRunPage();
  const more = run.upstreams.length - SHOWN;
  return (
    <span className="flex flex-wrap gap-x-2">
      {run.upstreams.slice(0, SHOWN).map((index) => (
        <button
          key={index}
          type="button"
          className="link font-mono text-xs"
          onClick={() => setSearch({ pick: `${run.flow_run_id}-${index}` })}
        >
          #{index}
        </button>
      ))}
      {more > 0 ? <span className="text-muted">and {more.toLocaleString("en")} more</span> : null}
    </span>
  );
}

function TaskArtifacts({ run }: { run: TaskRunDetail }) {
  const { setSearch } = useRunPage();
  const { data } = useInfiniteQuery(findArtifacts({ task_run_id: run.id }));
  const artifacts = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <Heading>Artifacts</Heading>
      <ul className="text-sm">
        {artifacts.map((artifact) => (
          <li key={artifact.id}>
            <button
              type="button"
              className="link"
              onClick={() => setSearch({ tab: "artifacts", pick: undefined })}
            >
              {artifact.key ?? artifact.kind}
            </button>{" "}
            <span className="text-muted">{artifact.kind}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

function sayResult(run: TaskRunDetail): string {
  if (run.result_size === null) return run.result_ref === null ? "not kept" : "kept in a file";
  const where = run.result_ref === null ? "in the store" : "in a file";
  return `${sayBytes(run.result_size)}, ${where}`;
}

function sayBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function secondsBetween(from: string | null, to: string | null): number | null {
  return from === null || to === null ? null : (Date.parse(to) - Date.parse(from)) / 1_000;
}
