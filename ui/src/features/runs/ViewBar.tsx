import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { BookmarkPlus, Trash2 } from "lucide-react";
import { useState } from "react";
import { api, dataOf } from "@/api/client";
import { findViews, KEYS } from "@/api/queries";
import type { View } from "@/api/types";
import { Button } from "@/design/Button";
import { Dialog } from "@/design/Dialog";
import { TextInput } from "@/design/Field";
import { isNarrowed } from "@/features/runs/chips";
import { type RunsSearch, readRunsSearch } from "@/features/runs/search";
import { parseSearch, stringifySearch } from "@/models/search";

type Props = { search: RunsSearch; onChange: (search: RunsSearch) => void };

const BUILT_IN: readonly (readonly [string, RunsSearch])[] = [
  ["All", {}],
  ["Trouble", { state: ["FAILED", "CRASHED"] }],
  ["Active", { state: ["RUNNING", "PENDING", "SCHEDULED", "CANCELLING"] }],
  ["Waiting for you", { state: ["PAUSED"] }],
  ["Last 24 h", { since: "24h" }],
];

function sameSearch(a: RunsSearch, b: RunsSearch): boolean {
  const sorted = (search: RunsSearch) =>
    [...new URLSearchParams(stringifySearch(search))].map(String).sort().join("&");
  return sorted(a) === sorted(b);
}

/** Views: those built in, and those saved on the server, where everybody has them. */
export function ViewBar({ search, onChange }: Props) {
  const { data: views = [] } = useQuery(findViews);
  const [isSaving, setSaving] = useState(false);
  const saved = views.map((view) => ({ search: readRunsSearch(parseSearch(view.query)), view }));
  const isKnown =
    BUILT_IN.some(([, view]) => sameSearch(view, search)) ||
    saved.some((view) => sameSearch(view.search, search));
  return (
    <nav aria-label="Views" className="-mx-1 flex items-center gap-1 overflow-x-auto px-1 py-0.5">
      {BUILT_IN.map(([name, view]) => (
        <ViewButton
          key={name}
          name={name}
          isChosen={sameSearch(view, search)}
          onPress={() => onChange(view)}
        />
      ))}
      {saved.length > 0 && <span aria-hidden className="mx-1 h-4 w-px shrink-0 bg-line" />}
      {saved.map(({ view, search: query }) => (
        <SavedView
          key={view.id}
          view={view}
          isChosen={sameSearch(query, search)}
          onPress={() => onChange(query)}
        />
      ))}
      {isNarrowed(search) && !isKnown && (
        <Button kind="ghost" isSmall onPress={() => setSaving(true)}>
          <BookmarkPlus size={14} aria-hidden />
          Save view
        </Button>
      )}
      {isSaving && <SaveDialog search={search} onClose={() => setSaving(false)} />}
    </nav>
  );
}

type ViewProps = { name: string; isChosen: boolean; onPress: () => void };

function ViewButton({ name, isChosen, onPress }: ViewProps) {
  return (
    <button
      type="button"
      aria-current={isChosen}
      onClick={onPress}
      className="h-7 shrink-0 rounded-md px-2.5 text-sm whitespace-nowrap text-muted hover:bg-hover hover:text-ink aria-[current=true]:bg-selected aria-[current=true]:font-medium aria-[current=true]:text-ink"
    >
      {name}
    </button>
  );
}

function SavedView({ view, isChosen, onPress }: { view: View } & Omit<ViewProps, "name">) {
  const client = useQueryClient();
  const forget = useMutation({
    mutationFn: () =>
      dataOf(api.DELETE("/api/views/{view_id}", { params: { path: { view_id: view.id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: [KEYS.views] }),
  });
  return (
    <span className="inline-flex items-center">
      <ViewButton name={view.name} isChosen={isChosen} onPress={onPress} />
      {isChosen && (
        <button
          type="button"
          aria-label={`Forget the view ${view.name}`}
          data-tip="Forget this view"
          onClick={() => forget.mutate()}
          className="rounded-sm p-1 text-muted hover:text-failed"
        >
          <Trash2 size={13} />
        </button>
      )}
    </span>
  );
}

function SaveDialog({ search, onClose }: { search: RunsSearch; onClose: () => void }) {
  const client = useQueryClient();
  const [name, setName] = useState("");
  const save = useMutation({
    mutationFn: () =>
      dataOf(api.POST("/api/views", { body: { name, query: stringifySearch(search).slice(1) } })),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: [KEYS.views] });
      onClose();
    },
  });
  return (
    <Dialog
      title="Save this view"
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>Not now</Button>
          <Button
            kind="primary"
            isDisabled={name.trim() === "" || save.isPending}
            onPress={() => save.mutate()}
          >
            Save
          </Button>
        </>
      }
    >
      <form
        className="flex flex-col gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== "") save.mutate();
        }}
      >
        <label htmlFor="view-name" className="flex flex-col gap-1.5 text-sm">
          Its name
          <TextInput
            id="view-name"
            autoFocus
            maxLength={80}
            value={name}
            onChange={(e) => setName(e.target.value)}
          />
        </label>
        <p className="text-xs text-muted">
          It is kept on the server; whoever opens this dashboard has it.
        </p>
        {save.error !== null && <p className="text-sm text-failed">{save.error.message}</p>}
      </form>
    </Dialog>
  );
}
