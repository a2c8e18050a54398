/** From the address of the page to what the log is asked for. */

import type { LogWords } from "../queries";
import type { RunSearch } from "../search";

/** Give the filters of the log; what is not filtered is not named. */
export function wordsOfSearch(search: RunSearch): LogWords {
  return {
    ...(search.task === undefined ? {} : { task: [...search.task] }),
    ...(search.of === undefined ? {} : { task_run_id: search.of }),
    ...(search.level === undefined ? {} : { level: search.level }),
    ...(search.logger === undefined ? {} : { logger: [...search.logger] }),
    ...(search.only === true && search.find !== undefined ? { q: search.find } : {}),
    ...(search.nested === false ? { nested: false } : {}),
  };
}

/** A level of the standard library by its number. */
export function levelName(level: number): string {
  if (level >= 50) return "CRITICAL";
  if (level >= 40) return "ERROR";
  if (level >= 30) return "WARNING";
  if (level >= 20) return "INFO";
  return "DEBUG";
}

/** Levels one can choose as the lowest; 0: all. */
export const LEVELS: readonly (readonly [number, string])[] = [
  [0, "all levels"],
  [20, "INFO and above"],
  [30, "WARNING and above"],
  [40, "ERROR and above"],
  [50, "CRITICAL"],
];
