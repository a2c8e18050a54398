/** What the run has left to look at, shown large, newest first; each beside that of the run before. */

import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useChanges } from "@/api/hooks";
import { findArtifacts } from "@/api/queries";
import type { Artifact } from "@/api/types";
import { Button } from "@/design/Button";
import { CodeBlock } from "@/design/CodeBlock";
import { EmptyState } from "@/design/EmptyState";
import { isOpenRun, useRunPage } from "../page";
import { RunSkeleton } from "../states";
import { ArtifactCard } from "./ArtifactCard";

const EXAMPLE = `from penstock import task
from penstock.artifacts import create_table_artifact

@task
def summarize(rows):
    create_table_artifact(key="summary", table=rows)
`;

/** Kinds that are a line or two: they stand side by side. */
const SMALL = new Set(["number", "progress", "link"]);

export default function ArtifactsTab() {
  const { id, run } = useRunPage();
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage, refetch } = useInfiniteQuery(
    findArtifacts({ flow_run_id: id }),
  );
  useChanges((changes) => {
    if (changes?.run?.id === id && changes.run.artifacts) void refetch({ cancelRefetch: false });
  });
  if (error !== null)
    return <EmptyState title="The artifacts cannot be shown">{error.message}</EmptyState>;
  if (data === undefined) return <RunSkeleton />;
  const artifacts = data.pages.flatMap((page) => page.items);
  if (artifacts.length === 0) return <NoArtifacts isOpen={isOpenRun(run)} />;
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <Group artifacts={artifacts.filter((one) => SMALL.has(one.kind))} isSmall />
      <Group artifacts={artifacts.filter((one) => !SMALL.has(one.kind))} isSmall={false} />
      {hasNextPage ? (
        <Button
          isPending={isFetchingNextPage}
          onPress={() => void fetchNextPage()}
          className="my-3"
        >
          Show more
        </Button>
      ) : null}
    </div>
  );
}

function Group({ artifacts, isSmall }: { artifacts: readonly Artifact[]; isSmall: boolean }) {
  const [compared, setCompared] = useState<ReadonlySet<string>>(new Set());
  if (artifacts.length === 0) return null;
  const tracks = isSmall
    ? "sm:grid-cols-2 lg:grid-cols-3 2xl:grid-cols-4"
    : artifacts.length === 1
      ? "max-w-5xl"
      : "xl:grid-cols-2";
  return (
    <ul className={`mb-4 grid grid-cols-1 gap-3 ${tracks}`}>
      {artifacts.map((artifact) => {
        const isCompared = compared.has(artifact.id);
        // A table has as many columns as it has: half of the page is too narrow for most.
        const isWide = isCompared || artifact.kind === "table";
        return (
          <li key={artifact.id} className={`min-w-0 ${isWide ? "col-span-full" : ""}`}>
            <ArtifactCard
              artifact={artifact}
              isCompared={isCompared}
              onCompare={(on) => {
                const next = new Set(compared);
                if (on) next.add(artifact.id);
                else next.delete(artifact.id);
                setCompared(next);
              }}
            />
          </li>
        );
      })}
    </ul>
  );
}

function NoArtifacts({ isOpen }: { isOpen: boolean }) {
  if (isOpen)
    return <EmptyState title="No artifact has been made yet">They appear here at once.</EmptyState>;
  return (
    <EmptyState title="This run has left nothing to look at">
      <p>
        Tables, figures, numbers and notes that a task makes are kept with its run, and shown here:
      </p>
      <CodeBlock code={EXAMPLE} title="summary.py" className="w-full" />
    </EmptyState>
  );
}
