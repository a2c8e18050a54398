/** What the user prefers. Kept in this browser; every tab hears of a change. */

import { useSyncExternalStore } from "react";

export type Preferences = {
  readonly theme: "system" | "light" | "dark";
  /** `local`, or an IANA name. */
  readonly zone: string;
  readonly is24h: boolean;
  readonly density: "comfortable" | "compact";
  readonly vision: "standard" | "blue-orange";
  readonly isRailNarrow: boolean;
};

export const DEFAULTS: Preferences = {
  density: "comfortable",
  is24h: true,
  isRailNarrow: false,
  theme: "system",
  vision: "standard",
  zone: "local",
};

const PLACE = "penstock.preferences";

/** Read what was kept; whatever does not fit is left at its default. */
export function readPreferences(text: string | null): Preferences {
  const kept = parse(text);
  const oneOf = <T extends string>(value: unknown, words: readonly T[], otherwise: T): T =>
    words.find((word) => word === value) ?? otherwise;
  return {
    density: oneOf(kept.density, ["comfortable", "compact"], DEFAULTS.density),
    is24h: typeof kept.is24h === "boolean" ? kept.is24h : DEFAULTS.is24h,
    isRailNarrow: typeof kept.isRailNarrow === "boolean" ? kept.isRailNarrow : false,
    theme: oneOf(kept.theme, ["system", "light", "dark"], DEFAULTS.theme),
    vision: oneOf(kept.vision, ["standard", "blue-orange"], DEFAULTS.vision),
    zone: isZone(kept.zone) ? kept.zone : DEFAULTS.zone,
  };
}

function parse(text: string | null): Readonly<Record<string, unknown>> {
  if (text === null) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {}; // written by something else: as if nothing had been kept
  }
}

function isZone(name: unknown): name is string {
  if (typeof name !== "string") return false;
  if (name === "local") return true;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

let current = readPreferences(localStorage.getItem(PLACE));
const onlookers = new Set<() => void>();

/** Show preferences on the root element, where the stylesheet looks for them. */
export function applyPreferences(): void {
  const { dataset } = document.documentElement;
  if (current.theme === "system") delete dataset.theme;
  else dataset.theme = current.theme;
  dataset.density = current.density;
  dataset.vision = current.vision;
}

function take(next: Preferences): void {
  current = next;
  applyPreferences();
  for (const onlooker of onlookers) onlooker();
}

export function prefer(change: Partial<Preferences>): void {
  const next = { ...current, ...change };
  localStorage.setItem(PLACE, JSON.stringify(next));
  take(next);
}

export function getPreferences(): Preferences {
  return current;
}

function subscribe(onlooker: () => void): () => void {
  onlookers.add(onlooker);
  return () => {
    onlookers.delete(onlooker);
  };
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(subscribe, getPreferences);
}

window.addEventListener("storage", (event) => {
  if (event.key === PLACE) take(readPreferences(event.newValue));
});
