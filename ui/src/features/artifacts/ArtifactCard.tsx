import { Link } from "@tanstack/react-router";
import type { Artifact } from "@/api/types";
import { Time } from "@/design/Time";
import { ArtifactView } from "@/features/artifacts/ArtifactView";
import { nameOf, readNumber } from "@/features/artifacts/data";
import { looksOf } from "@/features/artifacts/kinds";
import { NumberPreview } from "@/features/artifacts/NumberPreview";

/** An artifact in a gallery: what it is, a small picture, and where it is from. */
export function ArtifactCard({ artifact }: { artifact: Artifact }) {
  const { icon: Icon, one } = looksOf(artifact.kind);
  const name = nameOf(artifact);
  return (
    <article className="panel relative flex min-w-0 flex-col overflow-hidden hover:border-line-strong">
      <header className="flex items-center gap-2 px-3 pt-2.5">
        <Icon size={15} aria-label={one} className="shrink-0 text-muted" />
        <h2 className="min-w-0 flex-1 truncate font-medium">
          <Link
            to="/artifacts"
            search={(before) => ({ ...before, open: artifact.id })}
            className="rounded-sm after:absolute after:inset-0 hover:underline"
          >
            {name}
          </Link>
        </h2>
        <Time
          at={artifact.created}
          length="relative"
          className="relative shrink-0 text-xs text-muted"
        />
      </header>
      <div className="flex h-48 flex-col justify-center overflow-hidden px-3 py-2">
        <div inert className="min-h-0">
          {artifact.kind === "number" && artifact.trend.length > 1 ? (
            <NumberPreview value={readNumber(artifact.data)} trend={artifact.trend} />
          ) : (
            <ArtifactView artifact={artifact} isPreview />
          )}
        </div>
      </div>
      <footer className="flex items-center justify-between gap-3 border-t border-line px-3 py-1.5 text-xs text-muted">
        {artifact.flow_run_id === null ? (
          "of no run"
        ) : (
          <Link
            to="/runs/$id"
            params={{ id: artifact.flow_run_id }}
            search={{ tab: "artifacts" }}
            className="relative min-w-0 truncate rounded-sm hover:text-ink hover:underline"
          >
            {artifact.flow_name} / {artifact.flow_run_name}
          </Link>
        )}
        {artifact.key !== null && artifact.version > 1 && (
          <Link
            to="/artifacts/$key"
            params={{ key: artifact.key }}
            className="link relative shrink-0 rounded-sm"
          >
            {artifact.version} versions
          </Link>
        )}
      </footer>
    </article>
  );
}
