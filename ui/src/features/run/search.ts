/**
 * What of the run page stands in its address: everything one sees can be sent to somebody.
 *
 * What is not understood is dropped, so that an old link still leads to the run.
 */

export const TABS = ["timeline", "graph", "tasks", "logs", "artifacts", "details"] as const;
export type Tab = (typeof TABS)[number];

/** The query of a run page. What is absent is as it usually is. */
export interface RunSearch {
  readonly tab?: Tab;
  /** Names of tasks: timeline, tasks and logs show these only. */
  readonly task?: readonly string[];
  /** Id of the task run in the side panel. */
  readonly pick?: string;
  readonly failed?: true;
  /** States in the list of tasks. */
  readonly state?: readonly string[];
  readonly q?: string;
  /** Text to be found in the log. */
  readonly find?: string;
  /** Only lines that contain it. */
  readonly only?: true;
  readonly level?: number;
  readonly logger?: readonly string[];
  /** Id of the task run whose lines are shown. */
  readonly of?: string;
  /** Id of a log line. */
  readonly line?: number;
  readonly nested?: false;
  readonly newest?: true;
  readonly wrap?: true;
}

/** Read the query of a run page. */
export function readRunSearch(words: Record<string, unknown>): RunSearch {
  const tab = TABS.find((one) => one === words.tab);
  const level = wholeNumber(words.level);
  return dropAbsent({
    tab: tab === "timeline" ? undefined : tab,
    task: texts(words.task),
    pick: text(words.pick),
    failed: flag(words.failed),
    state: texts(words.state),
    q: text(words.q),
    find: text(words.find),
    only: flag(words.only),
    level: level === undefined || level > 100 || level === 0 ? undefined : level,
    logger: texts(words.logger),
    of: text(words.of),
    line: wholeNumber(words.line),
    nested: isFalse(words.nested) ? (false as const) : undefined,
    newest: flag(words.newest),
    wrap: flag(words.wrap),
  });
}

type Loose<T> = { [Key in keyof T]: T[Key] | undefined };

function dropAbsent(words: Loose<RunSearch>): RunSearch {
  return Object.fromEntries(
    Object.entries(words).filter(([, value]) => value !== undefined),
  ) as RunSearch;
}

function text(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value.slice(0, 200) : undefined;
}

function texts(value: unknown): readonly string[] | undefined {
  const all = (Array.isArray(value) ? value : [value]).flatMap((one) => text(one) ?? []);
  return all.length === 0 ? undefined : all.slice(0, 50);
}

function flag(value: unknown): true | undefined {
  return value === true || value === "true" || value === 1 || value === "1" ? true : undefined;
}

function isFalse(value: unknown): boolean {
  return value === false || value === "false" || value === 0 || value === "0";
}

function wholeNumber(value: unknown): number | undefined {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) && number >= 0
    ? number
    : undefined;
}
