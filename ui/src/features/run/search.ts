/** What the address of a run's page says. */

import { wordOf } from "@/models/search";

export type RunSearch = { tab?: string; task?: string };

export function readRunSearch(search: Record<string, unknown>): RunSearch {
  const read: RunSearch = {};
  const tab = wordOf(search.tab);
  const task = wordOf(search.task);
  if (tab !== undefined) read.tab = tab;
  if (task !== undefined) read.task = task;
  return read;
}
