/** The time by the server's clock, for what counts up on the page. One timer for all of it. */

import { useSyncExternalStore } from "react";
import { serverNow } from "@/api/live";

let now = serverNow();
let timer: ReturnType<typeof setInterval> | null = null;
const onlookers = new Set<() => void>();

function tick(): void {
  if (document.hidden) return;
  now = serverNow();
  for (const onlooker of onlookers) onlooker();
}

function subscribe(onlooker: () => void): () => void {
  onlookers.add(onlooker);
  timer ??= setInterval(tick, 1_000);
  return () => {
    onlookers.delete(onlooker);
    if (onlookers.size === 0 && timer !== null) {
      clearInterval(timer);
      timer = null;
    }
  };
}

const never = () => () => undefined;

/** Give the time, anew each second while `isTicking`. */
export function useNow(isTicking = true): number {
  return useSyncExternalStore(isTicking ? subscribe : never, () => now);
}
