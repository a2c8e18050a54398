/** What the data of an artifact is, by its kind. It came from a user: each part is looked at. */

import type { Artifact } from "@/api/types";

export type ColumnSummary = {
  readonly name: string;
  readonly kind: string;
  readonly missing: number;
  readonly distinct: number | null;
  readonly lowest: number | string | null;
  readonly highest: number | string | null;
  readonly mean: number | null;
  readonly bars: readonly number[];
};

export type TableData = {
  readonly columns: readonly ColumnSummary[];
  readonly rows: readonly (readonly unknown[])[];
  readonly row_count: number;
};

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function boundOf(value: unknown): number | string | null {
  return numberOf(value) ?? textOf(value);
}

function readColumn(value: unknown): ColumnSummary {
  const { name, kind, missing, distinct, lowest, highest, mean, bars } = fieldsOf(value);
  return {
    bars: Array.isArray(bars) ? bars.map((bar) => numberOf(bar) ?? 0) : [],
    distinct: numberOf(distinct),
    highest: boundOf(highest),
    kind: textOf(kind) ?? "other",
    lowest: boundOf(lowest),
    mean: numberOf(mean),
    missing: numberOf(missing) ?? 0,
    name: textOf(name) ?? "",
  };
}

/** Read a table; null: its data was not sent along, ask for the artifact alone. */
export function readTable(data: unknown): TableData | null {
  const { columns, rows, row_count } = fieldsOf(data);
  if (!Array.isArray(columns) || !Array.isArray(rows)) return null;
  return {
    columns: columns.map(readColumn),
    row_count: numberOf(row_count) ?? rows.length,
    rows: rows.filter((row): row is unknown[] => Array.isArray(row)),
  };
}

/** Read a link; only http and https lead anywhere. */
export function readLink(data: unknown): { href: string | null; text: string } {
  const { link, link_text } = fieldsOf(data);
  const address = textOf(link) ?? "";
  const isSafe = /^https?:\/\//i.test(address);
  return { href: isSafe ? address : null, text: textOf(link_text) || address };
}

/** Give the address of an image that is not ours. */
export function readImageUrl(data: unknown): string | null {
  return textOf(fieldsOf(data).image_url);
}

export function readNumber(data: unknown): number | null {
  return numberOf(data);
}

/** Give how far something is, 0 to 100. */
export function readProgress(data: unknown): number {
  return Math.min(100, Math.max(0, numberOf(data) ?? 0));
}

export function readText(data: unknown): string {
  return textOf(data) ?? "";
}

/** Say a value of a table. */
export function sayValue(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return sayNumber(value);
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "true" : "false";
  return JSON.stringify(value);
}

/** Say a number in at most six significant figures, without a tail of noughts. */
export function sayNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return value.toLocaleString("en");
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return value.toExponential(3);
  return value.toLocaleString("en", { maximumSignificantDigits: 6 });
}

/** Compare two values of a column: missing ones come last, whichever way it is sorted. */
export function compareValues(a: unknown, b: unknown, isDown: boolean): number {
  const isAMissing = a === null || a === undefined;
  const isBMissing = b === null || b === undefined;
  if (isAMissing || isBMissing) return Number(isAMissing) - Number(isBMissing);
  const order =
    typeof a === "number" && typeof b === "number"
      ? a - b
      : sayValue(a).localeCompare(sayValue(b), "en", { numeric: true });
  return isDown ? -order : order;
}

/** Write a table as CSV. */
export function writeCsv(table: TableData): string {
  const quote = (value: unknown) => {
    const text = typeof value === "number" ? String(value) : sayValue(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const head = table.columns.map(({ name }) => quote(name)).join(",");
  return [head, ...table.rows.map((row) => row.map(quote).join(","))].join("\r\n");
}

/** A name for an artifact: its key, or what it is. */
export function nameOf({ key, kind, task_run_name }: Artifact): string {
  if (key !== null) return key;
  return task_run_name === null ? kind : `${kind} of ${task_run_name}`;
}
