import { useSyncExternalStore } from "react";

const WIDE = "(min-width: 768px)";

function subscribe(onlooker: () => void): () => void {
  const query = window.matchMedia(WIDE);
  query.addEventListener("change", onlooker);
  return () => query.removeEventListener("change", onlooker);
}

/** Say whether the window is wider than a phone. */
export function useIsWide(): boolean {
  return useSyncExternalStore(subscribe, () => window.matchMedia(WIDE).matches);
}
