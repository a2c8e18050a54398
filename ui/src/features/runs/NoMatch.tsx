import { useQueries } from "@tanstack/react-query";
import { SearchX } from "lucide-react";
import { serverNow } from "@/api/live";
import { getStats } from "@/api/queries";
import { Button } from "@/design/Button";
import { EmptyState } from "@/design/EmptyState";
import { chipsOf, sayChip, withoutChip } from "@/features/runs/chips";
import { type RunsSearch, selectionOf } from "@/features/runs/search";

type Props = { search: RunsSearch; onChange: (search: RunsSearch) => void };

type Way = { readonly what: string; readonly search: RunsSearch };

/** The ways to narrow less, each by one filter. */
function waysOf(search: RunsSearch): Way[] {
  const ways = chipsOf(search).map((chip) => ({
    search: withoutChip(search, chip),
    what: sayChip(chip),
  }));
  if (search.since !== undefined || search.until !== undefined) {
    const { since: _, until: __, ...rest } = search;
    ways.push({ search: rest, what: "the span of time" });
  }
  return ways.slice(0, 6);
}

/** Nothing matches: says what would, without which filter. */
export function NoMatch({ search, onChange }: Props) {
  const ways = waysOf(search);
  const answers = useQueries({
    queries: ways.map((way) => getStats(selectionOf(way.search, serverNow()))),
  });
  const useful = ways
    .map((way, place) => ({ ...way, total: answers[place]?.data?.total ?? 0 }))
    .filter(({ total }) => total > 0);
  const isAsking = answers.some(({ isPending }) => isPending);
  return (
    <EmptyState icon={<SearchX size={26} />} title="No run matches">
      <p>
        {chipsOf(search).map((chip) => (
          <code key={sayChip(chip)} className="mx-0.5 rounded-sm bg-selected px-1 py-0.5 text-ink">
            {sayChip(chip)}
          </code>
        ))}
      </p>
      {useful.map(({ what, total, search: next }) => (
        <Button key={what} onPress={() => onChange(next)}>
          {total.toLocaleString("en")} {total === 1 ? "run matches" : "runs match"} without{" "}
          <strong className="font-medium">{what}</strong>
        </Button>
      ))}
      {!isAsking && useful.length === 0 && ways.length > 1 && (
        <p>Nor does any without one of these filters.</p>
      )}
      <Button kind="ghost" onPress={() => onChange({})}>
        Remove all filters
      </Button>
    </EmptyState>
  );
}
