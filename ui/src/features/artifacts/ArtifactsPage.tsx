import { getRouteApi } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { type FormEvent, useEffect, useMemo, useRef, useState } from "react";
import { findArtifacts } from "@/api/queries";
import { useShortcut } from "@/app/keys";
import { Page } from "@/app/Page";
import { Problem } from "@/app/Problem";
import { Button } from "@/design/Button";
import { EmptyState } from "@/design/EmptyState";
import { TextInput } from "@/design/Field";
import { ArtifactCard } from "@/features/artifacts/ArtifactCard";
import { ArtifactDialog } from "@/features/artifacts/ArtifactDialog";
import { KINDS, looksOf } from "@/features/artifacts/kinds";
import { NoArtifacts } from "@/features/artifacts/NoArtifacts";
import { newestOf } from "@/features/artifacts/newest";
import type { ArtifactsSearch } from "@/features/artifacts/search";
import { useArtifacts } from "@/features/artifacts/useArtifacts";

const route = getRouteApi("/artifacts");

/** The gallery: what tasks have left for people to look at. */
export default function ArtifactsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { kind, q, open } = search;
  const options = useMemo(
    () => findArtifacts({ kind: kind ?? [], q: q ?? null, trend: true }),
    [kind, q],
  );
  const list = useArtifacts(options);
  const change = (next: ArtifactsSearch) => void navigate({ search: next });
  const isEmpty = !list.isLoading && list.error === null && list.artifacts.length === 0;
  const isNarrowed = kind !== undefined || q !== undefined;
  return (
    <Page title="Artifacts">
      {isEmpty && !isNarrowed ? (
        <NoArtifacts />
      ) : (
        <div className="flex flex-col gap-4">
          <Filters search={search} onChange={change} total={list.total} />
          {list.error !== null && list.artifacts.length === 0 && <Problem error={list.error} />}
          {isEmpty && (
            <EmptyState title="No artifact matches">
              <Button onPress={() => change({})}>Show all</Button>
            </EmptyState>
          )}
          <div className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3 xl:grid-cols-4">
            {newestOf(list.artifacts).map((artifact) => (
              <ArtifactCard key={artifact.id} artifact={artifact} />
            ))}
          </div>
          {list.hasMore && (
            <div className="flex justify-center">
              <Button onPress={list.more}>Show more</Button>
            </div>
          )}
        </div>
      )}
      {open !== undefined && (
        <ArtifactDialog
          id={open}
          onClose={() => {
            const { open: _, ...rest } = search;
            change(rest);
          }}
        />
      )}
    </Page>
  );
}

type Props = {
  search: ArtifactsSearch;
  onChange: (search: ArtifactsSearch) => void;
  total: number;
};

function Filters({ search, onChange, total }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(search.q ?? "");
  useEffect(() => setText(search.q ?? ""), [search.q]);
  useShortcut("/", "Filter", "Artifacts", () => input.current?.focus());
  const chosen = search.kind?.[0];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const { q: _, ...rest } = search;
    onChange(text.trim() === "" ? rest : { ...rest, q: text.trim() });
  };
  const choose = (kind: string | undefined) => {
    const { kind: _, ...rest } = search;
    onChange(kind === undefined ? rest : { ...rest, kind: [kind] });
  };
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <form onSubmit={submit} className="relative">
        <Search size={14} aria-hidden className="absolute top-2.25 left-2.5 text-muted" />
        <TextInput
          ref={input}
          type="search"
          aria-label="Filter artifacts by key"
          placeholder="key"
          value={text}
          onChange={(event) => setText(event.target.value)}
          className="w-56 pl-8!"
        />
      </form>
      <nav aria-label="Kinds" className="flex flex-wrap gap-1">
        <KindButton isChosen={chosen === undefined} onPress={() => choose(undefined)}>
          All
        </KindButton>
        {KINDS.map((kind) => (
          <KindButton key={kind} isChosen={chosen === kind} onPress={() => choose(kind)}>
            {looksOf(kind).many}
          </KindButton>
        ))}
      </nav>
      <span className="ml-auto text-sm text-muted" role="status">
        {total.toLocaleString("en")} {total === 1 ? "artifact" : "artifacts"}
      </span>
    </div>
  );
}

type KindProps = { isChosen: boolean; onPress: () => void; children: string };

function KindButton({ isChosen, onPress, children }: KindProps) {
  return (
    <button
      type="button"
      aria-current={isChosen}
      onClick={onPress}
      className="h-7 rounded-md px-2.5 text-sm text-muted hover:bg-hover hover:text-ink aria-[current=true]:bg-selected aria-[current=true]:font-medium aria-[current=true]:text-ink"
    >
      {children}
    </button>
  );
}
