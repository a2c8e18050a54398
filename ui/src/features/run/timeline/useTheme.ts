/** Names the colours that are in use: what is painted into a canvas does not follow them. */

import { useSyncExternalStore } from "react";

const DARK = "(prefers-color-scheme: dark)";

function subscribe(listener: () => void): () => void {
  const query = globalThis.matchMedia(DARK);
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, {
    attributeFilter: ["data-theme", "data-vision"],
  });
  query.addEventListener("change", listener);
  return () => {
    observer.disconnect();
    query.removeEventListener("change", listener);
  };
}

function current(): string {
  const { theme = "system", vision = "" } = document.documentElement.dataset;
  return `${theme} ${vision} ${globalThis.matchMedia(DARK).matches}`;
}

export function useTheme(): string {
  return useSyncExternalStore(subscribe, current);
}
