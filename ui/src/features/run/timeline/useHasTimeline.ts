/** Whether there is anything to draw: rendered again only when the answer changes. */

import { useSyncExternalStore } from "react";
import type { TimelineStore } from "@/timeline/store";

export type HasTimeline = "nothing yet" | "error" | "no rows" | "rows";

export function useHasTimeline(store: TimelineStore): HasTimeline {
  return useSyncExternalStore(store.subscribe, () => {
    if (!store.isThere) return store.error === null ? "nothing yet" : "error";
    return store.root.count === 0 ? "no rows" : "rows";
  });
}
