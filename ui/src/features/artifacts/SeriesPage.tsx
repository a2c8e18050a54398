import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { isMissing } from "@/api/problem";
import { getArtifact, getArtifactSeries } from "@/api/queries";
import type { Artifact, ArtifactSeries } from "@/api/types";
import { NotFound } from "@/app/NotFound";
import { Page } from "@/app/Page";
import { Problem } from "@/app/Problem";
import { Button } from "@/design/Button";
import { Checkbox } from "@/design/Field";
import { Section } from "@/design/Section";
import { Time } from "@/design/Time";
import { Origin } from "@/features/artifacts/ArtifactDialog";
import { ArtifactView } from "@/features/artifacts/ArtifactView";
import { readNumber, sayNumber } from "@/features/artifacts/data";
import { NumberChart } from "@/features/artifacts/NumberChart";

const route = getRouteApi("/artifacts/$key");
const CRUMBS = [{ label: "Artifacts", to: "/artifacts" }] as const;

/** What stands under a key, run by run: numbers drawn, and any two side by side. */
export default function SeriesPage() {
  const { key } = route.useParams();
  const { data: series, error } = useQuery(getArtifactSeries(key));
  if (isMissing(error)) return <NotFound what={`No artifact has the key ${key}.`} name={key} />;
  return (
    <Page title={key} crumbs={CRUMBS}>
      {error !== null && series === undefined && <Problem error={error} />}
      {series !== undefined && <Series series={series} />}
    </Page>
  );
}

function Series({ series }: { series: ArtifactSeries }) {
  const { compare = [], open } = route.useSearch();
  const navigate = route.useNavigate();
  const newestFirst = [...series.artifacts].reverse();
  const known = new Map(newestFirst.map((artifact) => [artifact.id, artifact]));
  const pair = compare.flatMap((id) => known.get(id) ?? []);
  const shown = known.get(open ?? "") ?? newestFirst[0];
  const toggle = (id: string) => {
    const rest = compare.filter((other) => other !== id);
    const next = rest.length < compare.length ? rest : [...compare.slice(-1), id];
    void navigate({ search: next.length === 0 ? {} : { compare: next } });
  };
  return (
    <div className="flex flex-col gap-5">
      {series.points.length > 0 && (
        <Section title="Over the runs">
          <div className="panel p-3">
            <NumberChart points={series.points} />
          </div>
        </Section>
      )}
      {pair.length === 2 ? (
        <Section
          title="Side by side"
          more={
            <Button kind="ghost" isSmall onPress={() => void navigate({ search: {} })}>
              Show one
            </Button>
          }
        >
          <div className="grid gap-3 lg:grid-cols-2">
            {pair.map((artifact) => (
              <Whole key={artifact.id} artifact={artifact} />
            ))}
          </div>
        </Section>
      ) : (
        shown !== undefined &&
        shown.kind !== "number" && (
          <Section title={shown === newestFirst[0] ? "The newest" : `Version ${shown.version}`}>
            <Whole artifact={shown} />
          </Section>
        )
      )}
      <Section
        title="All"
        more={<span className="text-muted">check two to see them side by side</span>}
      >
        <ul className="panel divide-y divide-line">
          {newestFirst.map((artifact) => (
            <VersionLine
              key={artifact.id}
              artifact={artifact}
              isChosen={compare.includes(artifact.id)}
              onToggle={() => toggle(artifact.id)}
            />
          ))}
        </ul>
      </Section>
    </div>
  );
}

/** Lists leave some data out; this asks for all of it. */
function Whole({ artifact }: { artifact: Artifact }) {
  const { data = artifact } = useQuery(getArtifact(artifact.id));
  return (
    <div className="panel flex min-w-0 flex-col gap-3 p-3">
      <Origin artifact={data} isOnSeries />
      <ArtifactView artifact={data} />
    </div>
  );
}

type LineProps = { artifact: Artifact; isChosen: boolean; onToggle: () => void };

function VersionLine({ artifact, isChosen, onToggle }: LineProps) {
  const { id, version, kind, data, created, flow_run_id, flow_name, flow_run_name } = artifact;
  const number = kind === "number" ? readNumber(data) : null;
  return (
    <li className="flex min-h-(--row) items-center gap-3 px-3 text-sm hover:bg-hover">
      <Checkbox aria-label={`Compare version ${version}`} checked={isChosen} onChange={onToggle} />
      <Link
        from={route.id}
        search={{ open: id }}
        className="w-12 shrink-0 rounded-sm font-mono text-xs hover:underline"
      >
        v{version}
      </Link>
      {number !== null && <span className="w-24 shrink-0 font-mono">{sayNumber(number)}</span>}
      <span className="min-w-0 flex-1 truncate">
        {flow_run_id !== null && (
          <Link
            to="/runs/$id"
            params={{ id: flow_run_id }}
            className="rounded-sm text-muted hover:text-ink hover:underline"
          >
            {flow_name} / {flow_run_name}
          </Link>
        )}
      </span>
      <Time at={created} className="text-muted" />
    </li>
  );
}
