/** The live state for components. */

import { useEffect, useRef, useSyncExternalStore } from "react";
import type { RunChanges } from "@/api/changes";
import {
  getStatus,
  type Listener,
  type LiveStatus,
  onChanges,
  onStatus,
  watchRun,
} from "@/api/live";

export function useLiveStatus(): LiveStatus {
  return useSyncExternalStore(onStatus, getStatus);
}

/** Be told of changes, as long as the component is there. `take` may change at any time. */
export function useChanges(take: Listener): void {
  const latest = useRef(take);
  useEffect(() => {
    latest.current = take;
  }, [take]);
  useEffect(() => onChanges((changes) => latest.current(changes)), []);
}

/**
 * Watch what happens inside of one run, as long as the component is there.
 *
 * `take` gets what has changed, at most once a frame; null: anything may have.
 */
export function useRunChanges(id: string, take: (changes: RunChanges | null) => void): void {
  const latest = useRef(take);
  useEffect(() => {
    latest.current = take;
  }, [take]);
  useEffect(() => {
    watchRun(id);
    const stop = onChanges((changes) => {
      if (changes === null) latest.current(null);
      else if (changes.run?.id === id) latest.current(changes.run);
    });
    return () => {
      stop();
      watchRun(null);
    };
  }, [id]);
}
