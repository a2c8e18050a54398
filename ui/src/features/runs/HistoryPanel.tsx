import { useQuery } from "@tanstack/react-query";
import { ZoomOut } from "lucide-react";
import { getHistory, type SelectionWords } from "@/api/queries";
import { Button } from "@/design/Button";
import { SelectInput } from "@/design/Field";
import { useIsWide } from "@/design/media";
import { Time } from "@/design/Time";
import { HistoryBars } from "@/features/runs/HistoryBars";
import { type RunsSearch, readSpan } from "@/features/runs/search";

type Props = {
  search: RunsSearch;
  selection: SelectionWords;
  onChange: (search: RunsSearch) => void;
};

const SPANS: readonly (readonly [string, string])[] = [
  ["", "All time"],
  ["1h", "Last hour"],
  ["24h", "Last 24 h"],
  ["7d", "Last 7 days"],
  ["30d", "Last 30 days"],
];

function withSpan(search: RunsSearch, since: string | null, until: string | null): RunsSearch {
  const { since: _, until: __, ...rest } = search;
  const from = since === null || since === "" ? {} : { since };
  return { ...rest, ...from, ...(until === null ? {} : { until }) };
}

/** All runs that match, over time; dragging zooms in, and stands in the address. */
export function HistoryPanel({ search, selection, onChange }: Props) {
  const isWide = useIsWide();
  const { data } = useQuery(getHistory(selection, isWide ? 90 : 40));
  const isZoomed = search.since !== undefined && readSpan(search.since) === null;
  return (
    <section aria-label="Runs over time" className="panel px-3 pt-2 pb-1.5">
      <HistoryBars
        history={data ?? null}
        onZoom={(from, to) =>
          onChange(withSpan(search, new Date(from).toISOString(), new Date(to).toISOString()))
        }
      />
      <div className="mt-1 flex items-center justify-between gap-3 text-xs text-muted">
        <span>{data !== undefined && data.total > 0 && <Time at={data.start} />}</span>
        <span className="flex items-center gap-2">
          {isZoomed ? (
            <Button kind="ghost" isSmall onPress={() => onChange(withSpan(search, null, null))}>
              <ZoomOut size={14} aria-hidden />
              Whole time
            </Button>
          ) : (
            <>
              <span className="max-sm:hidden">drag to zoom</span>
              <SelectInput
                aria-label="Span of time"
                value={search.since ?? ""}
                onChange={(event) => onChange(withSpan(search, event.target.value, null))}
                className="h-6! border-transparent! bg-transparent! px-1! text-xs!"
              >
                {SPANS.map(([value, text]) => (
                  <option key={value} value={value}>
                    {text}
                  </option>
                ))}
                {search.since !== undefined && !SPANS.some(([value]) => value === search.since) && (
                  <option value={search.since}>Last {search.since}</option>
                )}
              </SelectInput>
            </>
          )}
        </span>
        <span>{data !== undefined && data.total > 0 && <Time at={data.end} />}</span>
      </div>
    </section>
  );
}
