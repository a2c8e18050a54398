import { ArrowDown, ArrowUp, Download } from "lucide-react";
import { useMemo, useState } from "react";
import { Button } from "@/design/Button";
import { type Column, VirtualTable } from "@/design/VirtualTable";
import {
  type ColumnSummary,
  compareValues,
  sayNumber,
  sayValue,
  type TableData,
  writeCsv,
} from "@/features/artifacts/data";

type Props = { table: TableData; name: string };
type Sort = { readonly column: number; readonly isDown: boolean };
type Row = { readonly index: number; readonly values: readonly unknown[] };

const ROW = 28;
const HEAD = 80;

/** A data frame: sortable, each column with its distribution, any number of rows. */
export default function TableView({ table, name }: Props) {
  const [sort, setSort] = useState<Sort | null>(null);
  const rows = useMemo(() => sortRows(table, sort), [table, sort]);
  const columns = useMemo(
    () => table.columns.map((summary, place) => columnOf(summary, place, sort, setSort)),
    [table, sort],
  );
  const height = Math.min(480, HEAD + rows.length * ROW + 14);
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <div className="flex flex-col rounded-md border border-line bg-panel" style={{ height }}>
        <VirtualTable
          label={name}
          columns={columns}
          rows={rows}
          keyOf={({ index }) => String(index)}
          rowHeight={ROW}
        />
      </div>
      <div className="flex flex-wrap items-center gap-3 text-xs text-muted">
        <span>
          {table.row_count.toLocaleString("en")} rows, {table.columns.length} columns
          {table.rows.length < table.row_count &&
            `; the first ${table.rows.length.toLocaleString("en")} are kept`}
        </span>
        <Button kind="ghost" isSmall onPress={() => saveCsv(table, name)}>
          <Download size={14} aria-hidden />
          CSV
        </Button>
      </div>
    </div>
  );
}

function sortRows({ rows }: TableData, sort: Sort | null): Row[] {
  const found = rows.map((values, index) => ({ index, values }));
  if (sort === null) return found;
  const { column, isDown } = sort;
  return found.sort((a, b) => compareValues(a.values[column], b.values[column], isDown));
}

function columnOf(
  summary: ColumnSummary,
  place: number,
  sort: Sort | null,
  setSort: (sort: Sort | null) => void,
): Column<Row> {
  const isNumber = summary.kind === "number";
  const isSorted = sort?.column === place;
  const next = () => {
    if (!isSorted) setSort({ column: place, isDown: false });
    else setSort(sort.isDown ? null : { column: place, isDown: true });
  };
  return {
    cell: ({ values }) => {
      const value = values[place];
      if (value === null || value === undefined) return <span className="text-muted">–</span>;
      return <span className={isNumber ? "font-mono text-xs" : ""}>{sayValue(value)}</span>;
    },
    head: <Head summary={summary} sort={isSorted ? sort : null} onSort={next} />,
    id: `${place}`,
    isRight: isNumber,
    width: "minmax(120px, 1fr)",
  };
}

type HeadProps = { summary: ColumnSummary; sort: Sort | null; onSort: () => void };

function Head({ summary, sort, onSort }: HeadProps) {
  const { name, bars, kind, missing } = summary;
  return (
    <div className={`py-1.5 ${kind === "number" ? "text-right" : "text-left"}`}>
      <button
        type="button"
        onClick={onSort}
        className="inline-flex max-w-full items-center gap-1 rounded-sm font-medium text-ink"
      >
        <span className="truncate">{name}</span>
        {sort !== null && (sort.isDown ? <ArrowDown size={12} /> : <ArrowUp size={12} />)}
        {sort !== null && (
          <span className="sr-only">{sort.isDown ? "descending" : "ascending"}</span>
        )}
      </button>
      {bars.length > 0 ? <Histogram bars={bars} /> : <div className="h-6" />}
      <div className="truncate text-[11px] leading-4 text-muted">{describe(summary)}</div>
      <div className="truncate text-[11px] leading-4 text-muted">
        {missing > 0 ? `${missing.toLocaleString("en")} missing` : describeMore(summary)}
      </div>
    </div>
  );
}

function Histogram({ bars }: { bars: readonly number[] }) {
  const most = Math.max(1, ...bars);
  return (
    <svg
      viewBox={`0 0 ${bars.length * 4} 20`}
      preserveAspectRatio="none"
      aria-hidden
      className="my-0.5 block h-5 w-full max-w-40 fill-accent opacity-70 [[class*=text-right]>&]:ml-auto"
    >
      {bars.map((bar, index) => {
        const size = bar === 0 ? 0 : Math.max(1, (bar / most) * 20);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place
          <rect key={index} x={index * 4} y={20 - size} width={3.4} height={size} />
        );
      })}
    </svg>
  );
}

function describe({ lowest, highest, distinct, kind }: ColumnSummary): string {
  if (kind === "number" && typeof lowest === "number" && typeof highest === "number") {
    if (lowest === highest) return `all ${sayNumber(lowest)}`;
    return `${sayNumber(lowest)} to ${sayNumber(highest)}`;
  }
  return distinct === null ? "" : `${distinct.toLocaleString("en")} distinct`;
}

function describeMore({ kind, mean }: ColumnSummary): string {
  return kind === "number" && mean !== null ? `mean ${sayNumber(mean)}` : kind;
}

function saveCsv(table: TableData, name: string): void {
  const url = URL.createObjectURL(new Blob([writeCsv(table)], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `${name}.csv`;
  link.click();
  URL.revokeObjectURL(url);
}
