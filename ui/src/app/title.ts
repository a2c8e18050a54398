/** The title and the icon of the tab: which page, and how the run on it stands. */

import { useEffect } from "react";
import { urlOf } from "@/api/client";
import { resolveColour } from "@/design/icons";
import type { Look } from "@/timeline/looks";

const MARKS: Readonly<Partial<Record<Look, string>>> = {
  cancelled: "⊘",
  completed: "✓",
  crashed: "✕",
  failed: "✕",
  paused: "❚❚",
  running: "◐",
};

function drawIcon(look: Look | null): string {
  if (look === null) return urlOf("favicon.svg");
  const colour = resolveColour(`var(--state-${look})`, document.body);
  const dot = `<circle cx="23" cy="23" r="9" fill="${colour}" stroke="#fff" stroke-width="2"/>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b6e74"/><path d="M8 9h9a6 6 0 0 1 0 12h-4v4" fill="none" stroke="#fff" stroke-width="3.2" stroke-linecap="round" stroke-linejoin="round"/>${dot}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

/** Name the tab; with a look, its mark and icon tell the state too. */
export function useTitle(title: string, look: Look | null = null): void {
  useEffect(() => {
    const mark = look === null ? undefined : MARKS[look];
    document.title = [mark === undefined ? title : `${mark} ${title}`, "Penstock"].join(" · ");
    const link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
    if (link !== null) link.href = drawIcon(look);
  }, [title, look]);
}
