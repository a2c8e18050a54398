import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ScrollText, Search } from "lucide-react";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { searchLogs } from "@/api/queries";
import type { LogLine } from "@/api/types";
import { useShortcut } from "@/app/keys";
import { Page } from "@/app/Page";
import { Problem } from "@/app/Problem";
import { Button } from "@/design/Button";
import { EmptyState } from "@/design/EmptyState";
import { SelectInput, TextInput } from "@/design/Field";
import { Time } from "@/design/Time";
import { LEVELS, type LogsSearch } from "@/features/logs/search";
import { duration } from "@/models/duration";
import { markHits } from "@/models/marks";

const route = getRouteApi("/logs");

/** Finds a text in the log lines of all runs. */
export default function LogSearchPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { q = "", level = 0 } = search;
  const { data, error, hasNextPage, fetchNextPage, isFetching, isPlaceholderData } =
    useInfiniteQuery(searchLogs({ level, q }));
  const lines = data?.pages.flatMap(({ items }) => items) ?? [];
  const change = (next: LogsSearch) => void navigate({ search: next });
  return (
    <Page title="Logs" tabTitle={q === "" ? "Logs" : `“${q}” in logs`}>
      <div className="flex flex-col gap-4">
        <SearchBox search={search} onChange={change} />
        {error !== null && <Problem error={error} />}
        {q === "" ? (
          <EmptyState icon={<ScrollText size={26} />} title="Find a line in any run">
            <p>
              Every log line, and what is printed with <code>log_prints=True</code>, is searched on
              the server; three letters or more are found at once, however many lines there are.
            </p>
          </EmptyState>
        ) : (
          data !== undefined && (
            <div className={isPlaceholderData ? "opacity-60" : ""}>
              <p className="mb-1.5 text-sm text-muted" role="status">
                {lines.length.toLocaleString("en")}
                {hasNextPage && "+"} {lines.length === 1 ? "line" : "lines"} in{" "}
                {duration(data.pages[0]?.took ?? 0)}
              </p>
              {lines.length === 0 ? (
                <EmptyState title={`No line has “${q}” in it`}>
                  {level > 0 && <Button onPress={() => change({ q })}>Look in all levels</Button>}
                </EmptyState>
              ) : (
                <ul className="panel divide-y divide-line overflow-hidden">
                  {lines.map((line) => (
                    <Line key={line.id} line={line} word={q} />
                  ))}
                </ul>
              )}
              {hasNextPage && (
                <div className="mt-3 flex justify-center">
                  <Button isDisabled={isFetching} onPress={() => void fetchNextPage()}>
                    Show more
                  </Button>
                </div>
              )}
            </div>
          )
        )}
      </div>
    </Page>
  );
}

type BoxProps = { search: LogsSearch; onChange: (search: LogsSearch) => void };

function SearchBox({ search, onChange }: BoxProps) {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(search.q ?? "");
  useEffect(() => setText(search.q ?? ""), [search.q]);
  useShortcut("/", "Search the logs", "Logs", () => input.current?.focus());
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const { q: _, ...rest } = search;
    onChange(text.trim() === "" ? rest : { ...rest, q: text });
  };
  return (
    <form onSubmit={submit} className="flex flex-wrap items-center gap-2">
      <div className="relative min-w-0 flex-1 basis-72">
        <Search size={14} aria-hidden className="absolute top-2.25 left-2.5 text-muted" />
        <TextInput
          ref={input}
          type="search"
          autoFocus={search.q === undefined}
          aria-label="Text to find in the log lines of all runs"
          placeholder="text in any log line"
          maxLength={200}
          value={text}
          onChange={(event) => setText(event.target.value)}
          className="w-full pl-8! font-mono"
        />
      </div>
      <SelectInput
        aria-label="Level"
        value={search.level ?? 0}
        onChange={(event) => {
          const level = Number(event.target.value);
          const { level: _, ...rest } = search;
          onChange(level === 0 ? rest : { ...rest, level });
        }}
      >
        {LEVELS.map(([level, name]) => (
          <option key={level} value={level}>
            {name}
          </option>
        ))}
      </SelectInput>
      <Button kind="primary" type="submit">
        Search
      </Button>
    </form>
  );
}

function levelOf(level: number): readonly [string, string] {
  if (level >= 50) return ["CRITICAL", "text-crashed"];
  if (level >= 40) return ["ERROR", "text-failed"];
  if (level >= 30) return ["WARNING", "text-retrying"];
  return level >= 20 ? ["INFO", "text-muted"] : ["DEBUG", "text-muted"];
}

function Line({ line, word }: { line: LogLine; word: string }) {
  const [level, colour] = levelOf(line.level);
  const first = line.message.split("\n", 12);
  return (
    <li className="flex flex-col gap-0.5 px-3 py-2 hover:bg-hover">
      <div className="flex flex-wrap items-center gap-x-3 text-xs text-muted">
        <Time at={line.timestamp} length="full" />
        <span className={colour}>{level}</span>
        <Link
          to="/runs/$id"
          params={{ id: line.flow_run_id }}
          search={{ find: word, line: line.id, tab: "logs" }}
          className="link"
        >
          {line.flow_run_name}
          {line.task_run_name !== null && ` / ${line.task_run_name}`}
        </Link>
      </div>
      <pre className="overflow-x-auto whitespace-pre-wrap">
        {markHits(first.join("\n"), word).map(({ text, isHit }, place) =>
          isHit ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: a piece is its place
            <mark key={place} className="rounded-[2px] bg-accent-ground text-accent">
              {text}
            </mark>
          ) : (
            text
          ),
        )}
      </pre>
    </li>
  );
}
