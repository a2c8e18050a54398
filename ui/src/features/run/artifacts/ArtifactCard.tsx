/** An artifact with its name, who made it, and on demand the one that the run before had left. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Columns2 } from "lucide-react";
import { getArtifact, getArtifactSeries } from "@/api/queries";
import type { Artifact } from "@/api/types";
import { IconButton } from "@/design/Button";
import { Time } from "@/design/Time";
import { ArtifactView } from "@/features/artifacts/ArtifactView";
import { useRunPage } from "../page";
import { previousOf } from "./previous";

type Props = { artifact: Artifact; isCompared: boolean; onCompare: (on: boolean) => void };

export function ArtifactCard({ artifact, isCompared, onCompare }: Props) {
  return (
    <article
      className="panel flex h-full flex-col overflow-hidden"
      aria-label={artifact.key ?? artifact.kind}
    >
      <header className="flex items-center gap-2 border-b border-line py-1 pr-1 pl-3">
        <Name artifact={artifact} />
        <div className="ml-auto flex shrink-0 items-center gap-1">
          {artifact.key === null || artifact.version < 2 ? null : (
            <IconButton
              label="Beside the run before"
              isSmall
              isOn={isCompared}
              onPress={() => onCompare(!isCompared)}
            >
              <Columns2 size={15} />
            </IconButton>
          )}
        </div>
      </header>
      <div
        className={`grid min-w-0 flex-1 ${isCompared ? "md:grid-cols-2 md:divide-x md:divide-line" : ""}`}
      >
        <div className="min-w-0 p-3">
          <Whole artifact={artifact} />
        </div>
        {isCompared && artifact.key !== null ? (
          <Previous artifact={artifact} name={artifact.key} />
        ) : null}
      </div>
    </article>
  );
}

function Name({ artifact }: { artifact: Artifact }) {
  const { setSearch } = useRunPage();
  const { key, kind, task_run_id, task_run_name } = artifact;
  return (
    <h2 className="flex min-w-0 items-baseline gap-2 text-sm">
      {key === null ? (
        <span className="font-medium">{kind}</span>
      ) : (
        <Link
          to="/artifacts/$key"
          params={{ key }}
          className="truncate font-medium hover:underline"
        >
          {key}
        </Link>
      )}
      {task_run_id === null ? null : (
        <button
          type="button"
          className="truncate font-mono text-xs text-muted hover:text-ink hover:underline"
          onClick={() => setSearch({ pick: task_run_id })}
        >
          {task_run_name}
        </button>
      )}
    </h2>
  );
}

/** Lists come without the data of large tables: they are asked for where they are shown. */
function Whole({ artifact }: { artifact: Artifact }) {
  const isTable = artifact.kind === "table" && artifact.data === null;
  const { data, error } = useQuery({ ...getArtifact(artifact.id), enabled: isTable });
  if (error !== null) return <p className="text-failed">{error.message}</p>;
  if (isTable && data === undefined) return <div className="waiting h-32 rounded-md bg-hover" />;
  return <ArtifactView artifact={data ?? artifact} />;
}

function Previous({ artifact, name }: { artifact: Artifact; name: string }) {
  const { data: series, error } = useQuery(getArtifactSeries(name));
  if (error !== null) return <p className="p-3 text-failed">{error.message}</p>;
  if (series === undefined) return <div className="waiting m-3 h-32 rounded-md bg-hover" />;
  const before = previousOf(artifact, series.artifacts);
  if (before === undefined)
    return <p className="p-3 text-muted">No earlier run has left one under this key.</p>;
  return (
    <div className="min-w-0 p-3">
      <p className="mb-2 text-xs text-muted">
        {before.flow_run_id === null ? (
          "before"
        ) : (
          <Link
            to="/runs/$id"
            params={{ id: before.flow_run_id }}
            search={{ tab: "artifacts" }}
            className="link font-mono"
          >
            {before.flow_run_name}
          </Link>
        )}
        , <Time at={before.created} />
      </p>
      <Whole artifact={before} />
    </div>
  );
}
