import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { CircleCheck } from "lucide-react";
import { type ReactNode, useMemo } from "react";
import { serverNow } from "@/api/live";
import { findArtifacts, findNewestFlowRuns, getHistory, getStats } from "@/api/queries";
import type { Stats } from "@/api/types";
import { Page } from "@/app/Page";
import { Problem } from "@/app/Problem";
import { Duration } from "@/design/Duration";
import { useIsWide } from "@/design/media";
import { Fact, Facts, Section } from "@/design/Section";
import { ArtifactCard } from "@/features/artifacts/ArtifactCard";
import { newestOf } from "@/features/artifacts/newest";
import { useArtifacts } from "@/features/artifacts/useArtifacts";
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
  const stats = useQuery(getStats({ since }));
  // A day without runs may be a day off, or the first.
  const first = useQuery({ ...findNewestFlowRuns({}, 1), enabled: stats.data?.total === 0 });
  const history = useQuery(getHistory({ since }, isWide ? 96 : 48));
  if (stats.data?.total === 0 && first.data?.items.length === 0) {
    return (
      <Page title="Home">
        <NoRuns />
      </Page>
    );
  }
  return (
    <Page title="Home">
      <div className="flex flex-col gap-5">
        {stats.error !== null && stats.data === undefined && <Problem error={stats.error} />}
        {stats.data !== undefined && <Day stats={stats.data} />}
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
              history={history.data ?? null}
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
        <RunsSection
          title="Trouble"
          words={{ since, state: TROUBLE }}
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
          words={{ state: ACTIVE }}
          search={{ state: ACTIVE }}
          none="Nothing is running."
        />
        <LastArtifacts />
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
  words: { since?: string; state: string[] };
  search: RunsSearch;
  /** What stands there when there are none. */
  none: ReactNode;
};

function RunsSection({ title, words, search, none }: RunsProps) {
  const { data } = useQuery(findNewestFlowRuns(words, 6));
  if (data === undefined) return null;
  const hidden = data.total - data.items.length;
  return (
    <Section
      title={title}
      more={
        hidden > 0 && (
          <Link to="/runs" search={search} className="link">
            {data.total_is_exact ? `All ${data.total.toLocaleString("en")}` : "All"}
          </Link>
        )
      }
    >
      <div className="panel overflow-hidden">
        {data.items.length === 0 ? (
          <p className="px-3 py-2 text-sm text-muted">{none}</p>
        ) : (
          <RunRows runs={data.items} />
        )}
      </div>
    </Section>
  );
}

function LastArtifacts() {
  const { artifacts } = useArtifacts(findArtifacts({}));
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
      <div className="grid gap-3 sm:grid-cols-2 xl:grid-cols-4">
        {newestOf(artifacts)
          .slice(0, 4)
          .map((artifact) => (
            <ArtifactCard key={artifact.id} artifact={artifact} />
          ))}
      </div>
    </Section>
  );
}
