/** What the address of the runs page says, and what the server is asked for it. */

import type { FlowRunWords, SelectionWords } from "@/api/queries";
import { wordOf, wordsOf } from "@/models/search";

/** Filters that take several words, each with its opposite. */
export const LISTS = ["state", "flow", "tag"] as const;
export type ListField = (typeof LISTS)[number];

export type RunsSearch = {
  state?: string[];
  not_state?: string[];
  flow?: string[];
  not_flow?: string[];
  tag?: string[];
  not_tag?: string[];
  parameter?: string[];
  q?: string;
  /** `24h`, `7d`, or an instant. */
  since?: string;
  until?: string;
  /** `none`: only runs that are in no other. */
  parent?: string;
  order?: "oldest";
};

const MANY = ["state", "not_state", "flow", "not_flow", "tag", "not_tag", "parameter"] as const;
const ONE = ["q", "parent"] as const;

const SPANS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000 };

/** Read a span, `24h`, in milliseconds. */
export function readSpan(text: string): number | null {
  const found = /^(\d{1,4})([mhd])$/.exec(text);
  const size = SPANS[found?.[2] ?? ""];
  return found === null || size === undefined ? null : Number(found[1]) * size;
}

function isInstant(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(Date.parse(text));
}

/** Read the query of an address; what makes no sense is left out. */
export function readRunsSearch(search: Record<string, unknown>): RunsSearch {
  const read: RunsSearch = {};
  for (const field of MANY) {
    const words = [...new Set(wordsOf(search[field]))].slice(0, 50);
    if (words.length > 0) read[field] = words;
  }
  for (const field of ONE) {
    const word = wordOf(search[field]);
    if (word !== undefined) read[field] = word;
  }
  const since = wordOf(search.since);
  if (since !== undefined && (readSpan(since) !== null || isInstant(since))) read.since = since;
  const until = wordOf(search.until);
  if (until !== undefined && isInstant(until)) read.until = until;
  if (search.order === "oldest") read.order = "oldest";
  return read;
}

/** Give what the server is asked for; spans count back from `now`, in whole minutes. */
export function selectionOf(search: RunsSearch, now: number): SelectionWords {
  const { since, order: _, ...words } = search;
  if (since === undefined) return words;
  const span = readSpan(since);
  if (span === null) return { ...words, since };
  const from = Math.floor((now - span) / 60_000) * 60_000;
  return { ...words, since: new Date(from).toISOString() };
}

export function wordsOfSearch(search: RunsSearch, now: number): FlowRunWords {
  const selection = selectionOf(search, now);
  return search.order === undefined ? selection : { ...selection, order: search.order };
}
