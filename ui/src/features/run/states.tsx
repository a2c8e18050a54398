/** The run page while there is no run to show. */

import { isMissing } from "@/api/problem";

export function RunSkeleton() {
  return (
    <div
      className="flex flex-col gap-3"
      role="status"
      aria-busy="true"
      aria-label="Loading the run"
    >
      <div className="waiting h-6 w-72 rounded-md bg-hover" />
      <div className="waiting h-5 w-[60%] rounded-md bg-hover" />
      <div className="waiting mt-4 h-72 rounded-md bg-hover" />
    </div>
  );
}

export function RunMissing({ error }: { error: Error }) {
  return (
    <div className="panel max-w-xl p-5">
      <h2 className="text-lg font-medium">
        {isMissing(error) ? "There is no such run" : "The run cannot be shown"}
      </h2>
      <p className="mt-2 text-muted">{error.message}</p>
      {isMissing(error) ? (
        <p className="mt-2 text-muted">
          It may have been deleted, or it is in another store than the one this server reads.
        </p>
      ) : null}
    </div>
  );
}
