/** The timeline of a run that has called no task, or that could not be had. */

import { CodeBlock } from "@/design/CodeBlock";
import { EmptyState } from "@/design/EmptyState";
import type { TimelineStore } from "@/timeline/store";
import { isOpenRun, useRunPage } from "../page";
import { RunSkeleton } from "../states";
import type { HasTimeline } from "./useHasTimeline";

const EXAMPLE = `from penstock import flow, task

@task
def load(name):
    return name.upper()

@flow
def hello():
    return load("ada")
`;

export function TimelineEmpty({ store, has }: { store: TimelineStore; has: HasTimeline }) {
  const { run } = useRunPage();
  if (has === "nothing yet") return <RunSkeleton />;
  if (has === "error") {
    return <EmptyState title="The timeline cannot be shown">{store.error?.message}</EmptyState>;
  }
  if (isOpenRun(run)) {
    return (
      <EmptyState title="No task has been called yet">They appear here as they begin.</EmptyState>
    );
  }
  return (
    <EmptyState title="This run called no tasks">
      <p>A function becomes a bar of its own, with retries and logs, when it is a task:</p>
      <CodeBlock code={EXAMPLE} title="hello.py" className="w-full" />
    </EmptyState>
  );
}
