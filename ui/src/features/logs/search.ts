/** What the address of the search over all log lines says. */

import { wordOf } from "@/models/search";

export type LogsSearch = { q?: string; level?: number };

export const LEVELS = [
  [0, "All levels"],
  [20, "INFO and above"],
  [30, "WARNING and above"],
  [40, "ERROR and above"],
] as const;

export function readLogsSearch(search: Record<string, unknown>): LogsSearch {
  const read: LogsSearch = {};
  const q = wordOf(search.q);
  const level = Number(wordOf(search.level) ?? search.level);
  if (q !== undefined) read.q = q.slice(0, 200);
  if (LEVELS.some(([known]) => known !== 0 && known === level)) read.level = level;
  return read;
}
