import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { isMissing } from "@/api/problem";
import { findNewestFlowRuns, getFlow } from "@/api/queries";
import type { FlowDetail } from "@/api/types";
import { NotFound } from "@/app/NotFound";
import { Page } from "@/app/Page";
import { Problem } from "@/app/Problem";
import { Copyable } from "@/design/CodeBlock";
import { Duration } from "@/design/Duration";
import { Fact, Facts, Section } from "@/design/Section";
import { StateBadge } from "@/design/StateBadge";
import { Time } from "@/design/Time";
import { sayRate } from "@/features/flows/rate";
import { TrendChart } from "@/features/flows/TrendChart";
import { RunRows } from "@/features/runs/RunRows";

const route = getRouteApi("/flows/$name");
const CRUMBS = [{ label: "Flows", to: "/flows" }] as const;

/** One flow: how its runs go over time, its versions, and the last runs. */
export default function FlowPage() {
  const { name } = route.useParams();
  const { data: flow, error } = useQuery(getFlow(name));
  const { data: runs } = useQuery(findNewestFlowRuns({ flow: [name] }, 15));
  if (isMissing(error))
    return <NotFound what={`No flow named ${name} has run here.`} name={name} />;
  return (
    <Page title={name} crumbs={CRUMBS}>
      {error !== null && flow === undefined && <Problem error={error} />}
      {flow !== undefined && (
        <div className="flex flex-col gap-5">
          <FlowFacts flow={flow} />
          {flow.trend.length > 0 && (
            <Section title="How long its last runs took">
              <div className="panel px-3 py-3">
                <TrendChart points={flow.trend} median={flow.median_run_time} />
              </div>
            </Section>
          )}
          <Section
            title="Last runs"
            more={
              <Link to="/runs" search={{ flow: [name] }} className="link">
                All {flow.run_count.toLocaleString("en")}
              </Link>
            }
          >
            <div className="panel overflow-hidden">
              <RunRows runs={runs?.items ?? []} hasFlow={false} />
            </div>
          </Section>
          <div className="grid gap-5 lg:grid-cols-2">
            <Versions flow={flow} />
            <Code flow={flow} />
          </div>
        </div>
      )}
    </Page>
  );
}

function FlowFacts({ flow }: { flow: FlowDetail }) {
  const { last_run } = flow;
  return (
    <Facts>
      <Fact label="Runs">{flow.run_count.toLocaleString("en")}</Fact>
      <Fact label="Succeed">{sayRate(flow.success_rate)}</Fact>
      <Fact label="Median time">
        <Duration seconds={flow.median_run_time} />
      </Fact>
      <Fact label="Last run">
        {last_run === null ? (
          "–"
        ) : (
          <Link
            to="/runs/$id"
            params={{ id: last_run.id }}
            className="inline-flex max-w-full flex-wrap items-center gap-x-2 rounded-sm text-base hover:underline"
          >
            <StateBadge type={last_run.state_type} name={last_run.state_name} />
            <Time at={last_run.created} length="relative" className="font-normal text-muted" />
          </Link>
        )}
      </Fact>
    </Facts>
  );
}

function Versions({ flow }: { flow: FlowDetail }) {
  return (
    <Section title="Versions">
      <div className="panel overflow-x-auto">
        <table className="w-full text-sm">
          <thead>
            <tr className="h-8 border-b border-line text-left text-xs text-muted">
              <th className="px-3 font-normal">Version</th>
              <th className="px-3 text-right font-normal">Runs</th>
              <th className="px-3 font-normal">First</th>
              <th className="px-3 font-normal">Last</th>
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {flow.versions.map(({ version, run_count, first, last }) => (
              <tr key={version ?? ""} className="h-(--row)">
                <td className="px-3">
                  {version === null ? (
                    <span className="text-muted">none given</span>
                  ) : (
                    <code>{version}</code>
                  )}
                </td>
                <td className="px-3 text-right">{run_count.toLocaleString("en")}</td>
                <td className="px-3">
                  <Time at={first} />
                </td>
                <td className="px-3">
                  <Time at={last} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function Code({ flow }: { flow: FlowDetail }) {
  return (
    <Section title="Code">
      <dl className="panel divide-y divide-line text-sm">
        <Line label="Function">
          <Copyable text={flow.key} />
        </Line>
        <Line label="Where it is">
          {flow.entrypoint === null ? (
            <span className="text-muted">not known</span>
          ) : (
            <Copyable text={flow.entrypoint} />
          )}
        </Line>
        <Line label="Parameters">
          {flow.parameters.length === 0 ? (
            <span className="text-muted">none</span>
          ) : (
            <code>{flow.parameters.join(", ")}</code>
          )}
        </Line>
      </dl>
    </Section>
  );
}

function Line({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div className="flex min-h-(--row) items-center gap-3 px-3">
      <dt className="w-28 shrink-0 text-muted">{label}</dt>
      <dd className="flex min-w-0 items-center">{children}</dd>
    </div>
  );
}
