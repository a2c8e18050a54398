/** The icon and the word of each look; the colour has the look's name (see tokens.css). */

import {
  Ban,
  CircleCheck,
  CircleDashed,
  CirclePause,
  CircleX,
  Clock,
  Layers,
  LoaderCircle,
  type LucideIcon,
  RotateCw,
  Zap,
} from "lucide-react";
import type { Look } from "@/timeline/looks";

export const ICONS: Readonly<Record<Look, LucideIcon>> = {
  cached: Layers,
  cancelled: Ban,
  cancelling: Ban,
  completed: CircleCheck,
  crashed: Zap,
  failed: CircleX,
  paused: CirclePause,
  pending: CircleDashed,
  retrying: RotateCw,
  running: LoaderCircle,
  scheduled: Clock,
};

export const WORDS: Readonly<Record<Look, string>> = {
  cached: "Cached",
  cancelled: "Cancelled",
  cancelling: "Cancelling",
  completed: "Completed",
  crashed: "Crashed",
  failed: "Failed",
  paused: "Paused",
  pending: "Pending",
  retrying: "Retrying",
  running: "Running",
  scheduled: "Scheduled",
};

/** Class of the text colour of a look. Written out, for Tailwind looks for whole words. */
export const TEXT_COLOURS: Readonly<Record<Look, string>> = {
  cached: "text-cached",
  cancelled: "text-cancelled",
  cancelling: "text-cancelling",
  completed: "text-completed",
  crashed: "text-crashed",
  failed: "text-failed",
  paused: "text-paused",
  pending: "text-pending",
  retrying: "text-retrying",
  running: "text-running",
  scheduled: "text-scheduled",
};

/** The colour of a look's bars, for styles. */
export function fillOf(look: Look): string {
  return `var(--fill-${look})`;
}

/** The colour of a look's text and icon, for styles. */
export function colourOf(look: Look): string {
  return `var(--state-${look})`;
}

/**
 * Resolve a CSS colour for a canvas, as it is on an element now: `var()` and `light-dark()` too.
 */
export function resolveColour(colour: string, on: HTMLElement): string {
  const probe = document.createElement("span");
  probe.style.color = colour;
  on.append(probe);
  const resolved = getComputedStyle(probe).color;
  probe.remove();
  return resolved;
}
