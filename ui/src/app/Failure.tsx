import type { ErrorComponentProps } from "@tanstack/react-router";
import { CircleX } from "lucide-react";
import { getStatus } from "@/api/live";
import { ApiProblem, isMissing, Unreachable } from "@/api/problem";
import { NotFound } from "@/app/NotFound";
import { Button } from "@/design/Button";
import { CodeBlock } from "@/design/CodeBlock";
import { EmptyState } from "@/design/EmptyState";

/** What is known of an error, to be copied into a report. */
export function diagnose(error: unknown): string {
  const lines = [
    `Address: ${window.location.href}`,
    `Version: ${getStatus().version ?? "unknown"}, ${getStatus().state}`,
    `Browser: ${navigator.userAgent}`,
    `Error: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`,
  ];
  if (error instanceof ApiProblem) {
    lines.push(`Answer: ${error.status} ${error.type}`);
    for (const { pointer, message } of error.problem?.errors ?? [])
      lines.push(`${pointer}: ${message}`);
  }
  if (error instanceof Error && error.stack !== undefined) lines.push("", error.stack);
  return lines.join("\n");
}

/** Shown in the place of a page that could not be drawn. */
export function Failure({ error, reset }: Pick<ErrorComponentProps, "error" | "reset">) {
  const message = error instanceof Error ? error.message : String(error);
  if (isMissing(error)) return <NotFound what={message} />;
  const isAway = error instanceof Unreachable;
  return (
    <div className="h-full overflow-y-auto">
      <EmptyState
        icon={<CircleX size={28} className="text-failed" />}
        title={isAway ? "The server cannot be reached" : "This page could not be shown"}
      >
        <p>
          {isAway ? "It is tried again on its own. Is `penstock server start` running?" : message}
        </p>
        <div className="flex gap-2">
          <Button kind="primary" onPress={reset}>
            Try again
          </Button>
          <Button onPress={() => window.location.reload()}>Load the page anew</Button>
        </div>
        <CodeBlock code={diagnose(error)} title="Diagnostics" className="w-full" />
      </EmptyState>
    </div>
  );
}
