import { CircleX } from "lucide-react";
import { ApiProblem, Unreachable } from "@/api/problem";

/** Says in the place of a list why it could not be had. */
export function Problem({ error }: { error: Error }) {
  const wrong = error instanceof ApiProblem ? (error.problem?.errors ?? []) : [];
  return (
    <div role="alert" className="panel mx-4 my-3 flex gap-2.5 p-3 text-sm md:mx-6">
      <CircleX size={16} aria-hidden className="mt-0.5 shrink-0 text-failed" />
      <div className="min-w-0">
        <p>{error.message}</p>
        {error instanceof Unreachable && (
          <p className="text-muted">It is tried again on its own.</p>
        )}
        {wrong.map(({ pointer, message }) => (
          <p key={pointer} className="text-muted">
            <code>{pointer}</code> {message}
          </p>
        ))}
      </div>
    </div>
  );
}
