/** Keys that do something: one listener for all, and the list that `?` shows. */

import { useEffect, useRef } from "react";

export type Shortcut = {
  /** As `?` shows it: `g r`, `/`, `Shift R`, `Ctrl K`. */
  readonly keys: string;
  readonly what: string;
  readonly group: string;
};

type Entry = Shortcut & { readonly act: { current: () => void } };

const entries = new Set<Entry>();
const PAUSE = 1_000;
let before: { key: string; at: number } | null = null;

/** Where letters are letters. A checkbox that has the focus takes none. */
const TYPED =
  "input:not([type=checkbox],[type=radio]),textarea,select,[contenteditable]:not([contenteditable=false])";

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest(TYPED) !== null;
}

function wordOfEvent(event: KeyboardEvent): string {
  if (event.ctrlKey || event.metaKey) return `Ctrl ${event.key.toUpperCase()}`;
  return event.key === " " ? "Space" : event.key;
}

function press(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.altKey || event.isComposing) return;
  const word = wordOfEvent(event);
  const isFree = !isTyping(event.target) && document.querySelector("[role=dialog]") === null;
  if (!isFree && !word.startsWith("Ctrl ")) return;
  const first = before !== null && event.timeStamp - before.at < PAUSE ? before.key : null;
  before = { at: event.timeStamp, key: word };
  const found = [...entries].reverse();
  const entry =
    found.find(({ keys }) => first !== null && keys === `${first} ${word}`) ??
    found.find(({ keys }) => keys === word);
  if (entry === undefined) return;
  event.preventDefault();
  before = null;
  entry.act.current();
}

/** Bind a key while the component is there. The one bound last wins. */
export function useShortcut(keys: string, what: string, group: string, act: () => void): void {
  const latest = useRef(act);
  useEffect(() => {
    latest.current = act;
  }, [act]);
  useEffect(() => {
    const entry: Entry = { act: latest, group, keys, what };
    if (entries.size === 0) document.addEventListener("keydown", press);
    entries.add(entry);
    return () => {
      entries.delete(entry);
      if (entries.size === 0) document.removeEventListener("keydown", press);
    };
  }, [keys, what, group]);
}

/** List the keys bound now. */
export function findShortcuts(): readonly Shortcut[] {
  return [...entries];
}
