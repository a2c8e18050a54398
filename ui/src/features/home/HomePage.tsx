import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { CircleCheck } from "lucide-react";
import { type ReactNode, useMemo } from "react";
import { serverNow } from "@/api/live";
import { getHome } from "@/api/queries";
import type { Artifact, FlowRunPage, Stats } from "@/api/types";
import { Page } from "@/app/Page";
import { Problem } from "@/app/Problem";
import { Duration } from "@/design/Duration";
import { useIsWide } from "@/design/media";
import { Fact, Facts, Section } from "@/design/Section";
import { ArtifactCard } from "@/features/artifacts/ArtifactCard";
import { sayRate } from "@/features/flows/rate";
import { HistoryBars } from "@/features/runs/HistoryBars";
import { NoRuns } from "@/features/runs/NoRuns";
import { RunRows } from "@/features/runs/RunRows";
import type { RunsSearch } from "@/features/runs/search";

const HOUR = 3_600_000;
const ACTIVE = ["RUNNING", "PENDING", "SCHEDULED", "CANCELLING", "PAUSED"];
const TROUBLE = ["FAILED", "CRASHED"];

/** What one wants to know first: trouble, what runs, and how the day went. */
export default function HomePage() {
  const isWide = useIsWide();
  const navigate = useNavigate();
  const since = useMemo(() => {
    const whole = Math.floor(serverNow() / 60_000) * 60_000;
    return new Date(whole - 24 * HOUR).toISOString();
  }, []);
  const { data: home, error } = useQuery(getHome(since, isWide ? 96 : 48));
  if (home?.has_runs === false) {
    return (
      <Page title="Home">
        <NoRuns />
      </Page>
    );
  }
  return (
    <Page title="Home">
      <div className="flex flex-col gap-5">
        {error !== null && home === undefined && <Problem error={error} />}
        {home !== undefined && <Day stats={home.stats} />}
        <Section
          title="Last 24 hours"
          more={
            <Link to="/runs" search={{ since: "24h" }} className="link">
              All runs
            </Link>
          }
        >
          <div className="panel px-3 py-2.5">
            <HistoryBars
              history={home?.history ?? null}
              onZoom={(from, to) =>
                void navigate({
                  search: {
                    since: new Date(from).toISOString(),
                    until: new Date(to).toISOString(),
                  },
                  to: "/runs",
                })
              }
            />
          </div>
        </Section>
        {home !== undefined && (
          <>
            <RunsSection
              title="Trouble"
              page={home.trouble}
              search={{ since: "24h", state: TROUBLE }}
              none={
                <span className="flex items-center gap-2">
                  <CircleCheck size={15} className="text-completed" aria-hidden />
                  Nothing has failed in the last 24 hours.
                </span>
              }
            />
            <RunsSection
              title="Now"
              page={home.active}
              search={{ state: ACTIVE }}
              none="Nothing is running."
            />
            <LastArtifacts artifacts={home.artifacts} />
          </>
        )}
      </div>
    </Page>
  );
}

function Day({ stats }: { stats: Stats }) {
  const countOf = (types: readonly string[]) =>
    stats.states
      .filter(({ state_type }) => types.includes(state_type))
      .reduce((sum, { count }) => sum + count, 0);
  const failed = countOf(TROUBLE);
  return (
    <Facts>
      <Fact label="Runs in 24 h">{stats.total.toLocaleString("en")}</Fact>
      <Fact label="Active">{countOf(ACTIVE).toLocaleString("en")}</Fact>
      <Fact label="Failed or crashed">
        <span className={failed > 0 ? "text-failed" : ""}>{failed.toLocaleString("en")}</span>
      </Fact>
      <Fact label="Succeed">{sayRate(stats.success_rate)}</Fact>
      <Fact label="Median time">
        <Duration seconds={stats.median_run_time} />
      </Fact>
    </Facts>
  );
}

type RunsProps = {
  title: string;
  page: FlowRunPage;
  search: RunsSearch;
  /** What stands there when there are none. */
  none: ReactNode;
};

function RunsSection({ title, page, search, none }: RunsProps) {
  const hidden = page.total - page.items.length;
  return (
    <Section
      title={title}
      more={
        hidden > 0 && (
          <Link to="/runs" search={search} className="link">
            {page.total_is_exact ? `All ${page.total.toLocaleString("en")}` : "All"}
          </Link>
        )
      }
    >
      <div className="panel overflow-hidden">
        {page.items.length === 0 ? (
          <p className="px-3 py-2 text-sm text-muted">{none}</p>
        ) : (
          <RunRows runs={page.items} />
        )}
      </div>
    </Section>
  );
}

function LastArtifacts({ artifacts }: { artifacts: readonly Artifact[] }) {
  if (artifacts.length === 0) return null;
  return (
    <Section
      title="Last artifacts"
      more={
        <Link to="/artifacts" className="link">
          All
        </Link>
      }
    >
      <div className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
        {artifacts.map((artifact) => (
          <ArtifactCard key={artifact.id} artifact={artifact} />
        ))}
      </div>
    </Section>
  );
}
