import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Download, History } from "lucide-react";
import { contentUrl } from "@/api/client";
import { getArtifact } from "@/api/queries";
import type { Artifact } from "@/api/types";
import { Problem } from "@/app/Problem";
import { buttonClass } from "@/design/Button";
import { Dialog } from "@/design/Dialog";
import { Time } from "@/design/Time";
import { ArtifactView } from "@/features/artifacts/ArtifactView";
import { Description } from "@/features/artifacts/Description";
import { nameOf } from "@/features/artifacts/data";
import { looksOf } from "@/features/artifacts/kinds";

/** One artifact whole, over the gallery. */
export function ArtifactDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { data, error } = useQuery(getArtifact(id));
  return (
    <Dialog title={data === undefined ? "Artifact" : nameOf(data)} isOpen onClose={onClose} isWide>
      {error !== null && <Problem error={error} />}
      {data !== undefined && (
        <div className="flex flex-col gap-3">
          <Origin artifact={data} />
          {data.description !== null && <Description text={data.description} />}
          <ArtifactView artifact={data} />
        </div>
      )}
    </Dialog>
  );
}

type OriginProps = { artifact: Artifact; isOnSeries?: boolean };

/** Where an artifact is from, and what else there is under its key. */
export function Origin({ artifact, isOnSeries = false }: OriginProps) {
  const { key, url, kind, created, flow_run_id, flow_name, flow_run_name } = artifact;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-muted">
      <span>{looksOf(kind).one}</span>
      <Time at={created} length="full" />
      {flow_run_id !== null && (
        <Link to="/runs/$id" params={{ id: flow_run_id }} className="link">
          {flow_name} / {flow_run_name}
        </Link>
      )}
      <span className="flex-1" />
      {key !== null && !isOnSeries && (
        <Link to="/artifacts/$key" params={{ key }} className={buttonClass("ghost", true)}>
          <History size={14} aria-hidden />
          Over time
        </Link>
      )}
      {url !== null && (
        <a href={contentUrl(url, "download")} download className={buttonClass("ghost", true)}>
          <Download size={14} aria-hidden />
          Download
        </a>
      )}
    </div>
  );
}
