/** The timelines of a run, asked for at once and again when its tasks change. */

import { useEffect, useMemo } from "react";
import { useRunChanges } from "@/api/hooks";
import { TimelineStore } from "@/timeline/store";
import { askTimeline } from "./queries";

const NESTED_EVERY_MS = 1_000;

export function useTimelineStore(id: string, isOpen: boolean): TimelineStore {
  const store = useMemo(
    () => new TimelineStore(id, askTimeline, (draw) => requestAnimationFrame(draw)),
    [id],
  );
  useRunChanges(id, (changes) => {
    if (changes === null || changes.tasks) store.pull();
  });
  useEffect(() => {
    store.pull();
    const pullNested = () => {
      for (const nested of store.nested.keys()) store.pull(nested);
    };
    pullNested();
    if (!isOpen) return;
    // The stream watches the outermost run only; runs nested in it are asked while they are open.
    const timer = setInterval(() => {
      if (!document.hidden) pullNested();
    }, NESTED_EVERY_MS);
    return () => clearInterval(timer);
  }, [isOpen, store]);
  return store;
}
