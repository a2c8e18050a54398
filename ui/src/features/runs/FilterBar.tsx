import { useQuery } from "@tanstack/react-query";
import { ListFilter, Search, X } from "lucide-react";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { findFlows } from "@/api/queries";
import { useShortcut } from "@/app/keys";
import { Button } from "@/design/Button";
import { TextInput } from "@/design/Field";
import { WORDS } from "@/design/icons";
import { Menu, MenuItem, MenuLine } from "@/design/Menu";
import { StateIcon } from "@/design/StateBadge";
import {
  type Chip,
  chipsOf,
  flipChip,
  readChip,
  sayChip,
  withChip,
  withoutChip,
} from "@/features/runs/chips";
import type { RunsSearch } from "@/features/runs/search";
import type { useRuns } from "@/features/runs/useRuns";
import { lookOf } from "@/timeline/looks";

type Props = {
  search: RunsSearch;
  onChange: (search: RunsSearch) => void;
  list: Pick<ReturnType<typeof useRuns>, "total" | "isExact" | "isLoading">;
};

/** What narrows the list: chips that can be turned round and taken away, and a box for more. */
export function FilterBar({ search, onChange, list }: Props) {
  // What stands in the box needs no chip.
  const chips = chipsOf(search).filter(({ field }) => field !== "q");
  return (
    <div className="flex flex-wrap items-center gap-1.5">
      <FilterBox search={search} onChange={onChange} />
      <AddFilter search={search} onChange={onChange} />
      {chips.map((chip) => (
        <ChipView
          key={sayChip(chip)}
          chip={chip}
          onFlip={() => onChange(flipChip(search, chip))}
          onRemove={() => onChange(withoutChip(search, chip))}
        />
      ))}
      {chips.length > 1 && (
        <Button kind="ghost" isSmall onPress={() => onChange(clearOf(search))}>
          Clear
        </Button>
      )}
      <span className="ml-auto text-sm whitespace-nowrap text-muted" role="status">
        {!list.isLoading &&
          `${(list.isExact ? list.total : list.total - 1).toLocaleString("en")}${list.isExact ? "" : "+"} ${list.total === 1 ? "run" : "runs"}`}
      </span>
    </div>
  );
}

function clearOf({ since, until }: RunsSearch): RunsSearch {
  return { ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) };
}

function FilterBox({ search, onChange }: Omit<Props, "list">) {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  useShortcut("/", "Filter", "Runs", () => input.current?.focus());
  useEffect(() => setText(search.q ?? ""), [search.q]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const words = text.split(/\s+/).filter((word) => word !== "");
    const chips = words.map(readChip);
    const rest = words.filter((_, place) => chips[place] === null).join(" ");
    const { q: _, ...base } = search;
    const next = chips.reduce<RunsSearch>(
      (all, chip) => (chip === null ? all : withChip(all, chip)),
      base,
    );
    onChange(rest === "" ? next : { ...next, q: rest });
    setText(rest);
  };
  return (
    <form onSubmit={submit} className="relative">
      <Search size={14} aria-hidden className="absolute top-2.25 left-2.5 text-muted" />
      <TextInput
        ref={input}
        type="search"
        aria-label="Filter by name, or by words such as -state:completed"
        placeholder="name, flow:train_*, -state:completed"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          if (event.target.value === "" && search.q !== undefined) {
            const { q: _, ...rest } = search;
            onChange(rest);
          }
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape") input.current?.blur();
        }}
        className="w-80 max-w-full pl-8!"
      />
    </form>
  );
}

const STATES = [
  "RUNNING",
  "COMPLETED",
  "FAILED",
  "CRASHED",
  "CANCELLED",
  "PAUSED",
  "SCHEDULED",
  "PENDING",
] as const;

function AddFilter({ search, onChange }: Omit<Props, "list">) {
  const [isOpen, setOpen] = useState(false);
  const { data: flows = [] } = useQuery({ ...findFlows(), enabled: isOpen });
  const add = (chip: Omit<Chip, "isNot">) => onChange(withChip(search, { ...chip, isNot: false }));
  return (
    <Menu
      label="Add a filter"
      onOpenChange={setOpen}
      trigger={
        <Button>
          <ListFilter size={14} aria-hidden />
          Filter
        </Button>
      }
    >
      {STATES.map((state) => (
        <MenuItem
          key={state}
          icon={<StateIcon look={lookOf(state, "")} size={14} />}
          isChosen={search.state?.includes(state) ?? false}
          onAction={() => add({ field: "state", word: state })}
          text={WORDS[lookOf(state, "")]}
        >
          {WORDS[lookOf(state, "")]}
        </MenuItem>
      ))}
      <MenuLine />
      <MenuItem onAction={() => add({ field: "parent", word: "none" })}>Top level only</MenuItem>
      <MenuItem
        isChosen={search.order === "oldest"}
        onAction={() => {
          const { order, ...rest } = search;
          onChange(order === undefined ? { ...rest, order: "oldest" } : rest);
        }}
      >
        Oldest first
      </MenuItem>
      {flows.length > 0 && <MenuLine />}
      {flows.slice(0, 12).map(({ name }) => (
        <MenuItem key={name} text={name} onAction={() => add({ field: "flow", word: name })}>
          <span className="text-muted">flow </span>
          {name}
        </MenuItem>
      ))}
    </Menu>
  );
}

type ChipProps = { chip: Chip; onFlip: () => void; onRemove: () => void };

/** One filter. Its words turn it round, the cross takes it away. */
function ChipView({ chip, onFlip, onRemove }: ChipProps) {
  const canFlip = ["state", "flow", "tag"].includes(chip.field);
  const look = chip.field === "state" ? lookOf(chip.word.toUpperCase(), chip.word) : null;
  const label = sayChip(chip);
  const names = { parameter: "param", parent: "", q: "text" } as const;
  const field = chip.field in names ? names[chip.field as keyof typeof names] : chip.field;
  return (
    <span className="inline-flex h-8 max-w-full items-center rounded-md border border-line bg-panel text-sm">
      <button
        type="button"
        disabled={!canFlip}
        onClick={onFlip}
        aria-description={canFlip ? "turn round" : undefined}
        data-tip={
          canFlip ? (chip.isNot ? "Show these again only" : "Leave these out instead") : undefined
        }
        className="flex h-full min-w-0 items-center gap-1.5 rounded-l-md pl-2.5 outline-offset-[-2px] enabled:hover:bg-hover"
      >
        {field !== "" && <span className="text-muted">{chip.isNot ? `not ${field}` : field}</span>}
        {look !== null && <StateIcon look={look} size={14} />}
        <span className={`truncate ${chip.isNot ? "line-through decoration-muted" : ""}`}>
          {look === null ? (chip.field === "parent" ? label : chip.word) : WORDS[look]}
        </span>
      </button>
      <button
        type="button"
        aria-label={`Remove ${label}`}
        onClick={onRemove}
        className="flex h-full items-center rounded-r-md px-1.5 text-muted outline-offset-[-2px] hover:bg-hover hover:text-ink"
      >
        <X size={13} />
      </button>
    </span>
  );
}
