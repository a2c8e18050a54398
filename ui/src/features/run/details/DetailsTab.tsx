/** Everything about a run that is not a picture: times, process, version, parameters, history. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CodeBlock, Copyable } from "@/design/CodeBlock";
import { Elapsed } from "@/design/Duration";
import { StateBadge } from "@/design/StateBadge";
import { Time } from "@/design/Time";
import { isOpenRun, useRunPage } from "../page";
import { Fact, Facts, Heading } from "../panel/Facts";
import { Frames } from "../panel/Frames";
import { States } from "../panel/States";
import { getRunStates } from "../queries";

export default function DetailsTab() {
  const { id, run } = useRunPage();
  const { data: states = [] } = useQuery(getRunStates(id));
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <div className="grid max-w-6xl gap-x-12 lg:grid-cols-2">
        <section>
          <Facts>
            <Fact name="State">
              <StateBadge type={run.state_type} name={run.state_name} />
            </Fact>
            {run.message === null ? null : <Fact name="Message">{run.message}</Fact>}
            <Fact name="Created">
              <Time at={run.created} length="exact" />
            </Fact>
            <Fact name="Began">
              <Time at={run.start_time} length="exact" />
            </Fact>
            <Fact name="Ended">
              <Time at={run.end_time} length="exact" />
            </Fact>
            <Fact name="Took">
              <Elapsed start={run.start_time} end={isOpenRun(run) ? null : run.end_time} />
            </Fact>
            <Fact name="Attempt">{run.attempt}</Fact>
            <Fact name="Flow">
              <Link to="/flows/$name" params={{ name: run.flow_name }} className="link">
                {run.flow_name}
              </Link>
            </Fact>
            <Fact name="Version">{run.version ?? <span className="text-muted">not set</span>}</Fact>
            <Fact name="Code">
              {run.entrypoint === null ? (
                <span className="text-muted">not known</span>
              ) : (
                <Copyable text={run.entrypoint} />
              )}
            </Fact>
            <Fact name="Process">{sayProcess(run)}</Fact>
            <Fact name="Tags">
              {run.tags.length === 0 ? (
                <span className="text-muted">none</span>
              ) : (
                run.tags.join(", ")
              )}
            </Fact>
            <Fact name="Id">
              <Copyable text={run.id} />
            </Fact>
            {run.command === null ? null : (
              <Fact name="Command">
                <Copyable text={run.command} />
              </Fact>
            )}
          </Facts>
          <Heading>Parameters</Heading>
          <CodeBlock title="parameters" code={JSON.stringify(run.parameters, null, 2)} />
          <NestedRuns />
        </section>
        <section>
          <Heading>States</Heading>
          <States states={states} />
          {run.traceback === null ? null : (
            <>
              <Heading>Traceback</Heading>
              <Frames text={run.traceback} />
            </>
          )}
        </section>
      </div>
    </div>
  );
}

function NestedRuns() {
  const { run } = useRunPage();
  if (run.nested.length === 0) return null;
  return (
    <>
      <Heading>Nested runs</Heading>
      <ul className="text-sm">
        {run.nested.map((nested) => (
          <li key={nested.id} className="flex items-center gap-2 py-0.5">
            <StateBadge type={nested.state_type} name={nested.state_name} size={13} />
            <Link
              to="/runs/$id"
              params={{ id: nested.id }}
              className="link truncate font-mono text-xs"
            >
              {nested.flow_name} · {nested.name}
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}

function sayProcess({
  pid,
  host,
  owner_is_alive,
}: {
  pid: number | null;
  host: string | null;
  owner_is_alive: boolean | null;
}): string {
  if (pid === null && host === null) return "not known";
  const life = owner_is_alive === null ? "" : owner_is_alive ? ", alive" : ", not alive";
  return `${pid ?? "?"} on ${host ?? "?"}${life}`;
}
