/** The states that a run has entered, oldest first, with what they said. */

import type { StateChange } from "@/api/types";
import { StateBadge } from "@/design/StateBadge";
import { Time } from "@/design/Time";
import { duration } from "@/models/duration";
import { Frames } from "./Frames";

/** So many are drawn: a task may be tried a thousand times. */
const MOST = 100;

export function States({ states }: { states: readonly StateChange[] }) {
  const cut = states.length - MOST;
  return (
    <>
      {cut > 0 ? (
        <p className="text-xs text-muted">
          the last {MOST} of {states.length.toLocaleString("en")}
        </p>
      ) : null}
      <ol className="border-l border-line text-sm">
        {states.slice(-MOST).map((change) => (
          <StateLine key={change.id} change={change} />
        ))}
      </ol>
    </>
  );
}

function StateLine({ change }: { change: StateChange }) {
  const { state_type, state_name, attempt, retry_delay, message, traceback, reason } = change;
  return (
    <li className="py-1 pl-3">
      <div className="flex flex-wrap items-center gap-x-2">
        {state_type === null ? (
          <span className="text-muted">{reason ?? "event"}</span>
        ) : (
          <StateBadge type={state_type} name={state_name ?? ""} size={13} />
        )}
        {attempt !== null && attempt > 1 ? (
          <span className="text-muted">attempt {attempt}</span>
        ) : null}
        {retry_delay === null ? null : (
          <span className="text-muted">again in {duration(retry_delay)}</span>
        )}
        <span className="ml-auto text-xs text-muted">
          <Time at={change.timestamp} length="clock" />
        </span>
      </div>
      {message === null ? null : (
        <div className="text-xs break-words whitespace-pre-wrap text-muted">{message}</div>
      )}
      {traceback === null ? null : (
        <details className="text-xs">
          <summary className="cursor-pointer text-muted hover:text-ink">traceback</summary>
          <Frames text={traceback} />
        </details>
      )}
    </li>
  );
}
