/** Filters as chips: each word of the address that narrows the list is one. Pure. */

import type { RunsSearch } from "@/features/runs/search";

export type Field = "state" | "flow" | "tag" | "parameter" | "q" | "parent";

export type Chip = {
  readonly field: Field;
  readonly word: string;
  /** What matches is left out. */
  readonly isNot: boolean;
};

const OPPOSITES = { flow: "not_flow", state: "not_state", tag: "not_tag" } as const;
const ORDER: readonly Field[] = ["state", "flow", "tag", "parameter", "q", "parent"];

function hasOpposite(field: Field): field is keyof typeof OPPOSITES {
  return field in OPPOSITES;
}

/** Give the chips of a search, in their order. */
export function chipsOf(search: RunsSearch): Chip[] {
  return ORDER.flatMap((field): Chip[] => {
    if (field === "q" || field === "parent") {
      const word = search[field];
      return word === undefined ? [] : [{ field, isNot: false, word }];
    }
    const chips = (search[field] ?? []).map((word) => ({ field, isNot: false, word }));
    if (!hasOpposite(field)) return chips;
    const nots = (search[OPPOSITES[field]] ?? []).map((word) => ({ field, isNot: true, word }));
    return [...chips, ...nots];
  });
}

type ListName = "state" | "not_state" | "flow" | "not_flow" | "tag" | "not_tag" | "parameter";

function listOf({ field, isNot }: Chip): ListName | null {
  if (field === "q" || field === "parent") return null;
  return isNot && hasOpposite(field) ? OPPOSITES[field] : field;
}

/** Give the search with a chip more; its opposite goes. */
export function withChip(search: RunsSearch, chip: Chip): RunsSearch {
  const list = listOf(chip);
  if (list === null) return { ...search, [chip.field]: chip.word };
  const rest = withoutChip(withoutChip(search, chip), { ...chip, isNot: !chip.isNot });
  return { ...rest, [list]: [...(rest[list] ?? []), chip.word] };
}

/** Give the search with a chip less. */
export function withoutChip(search: RunsSearch, chip: Chip): RunsSearch {
  const list = listOf(chip);
  const rest = { ...search };
  if (list === null) {
    if (chip.field === "q" || chip.field === "parent") delete rest[chip.field];
    return rest;
  }
  const words = (search[list] ?? []).filter((word) => word !== chip.word);
  if (words.length === 0) delete rest[list];
  else rest[list] = words;
  return rest;
}

/** Give the search with a chip turned into its opposite, where there is one. */
export function flipChip(search: RunsSearch, chip: Chip): RunsSearch {
  if (!hasOpposite(chip.field)) return search;
  return withChip(search, { ...chip, isNot: !chip.isNot });
}

/** Write a chip as it can be typed: `-state:completed`, `param.year:2024`. */
export function sayChip({ field, word, isNot }: Chip): string {
  const sign = isNot ? "-" : "";
  if (field === "parameter") {
    const place = word.indexOf("=");
    return place < 0 ? `param.${word}:` : `param.${word.slice(0, place)}:${word.slice(place + 1)}`;
  }
  if (field === "parent") return word === "none" ? "top level only" : `in:${word}`;
  return field === "q" ? word : `${sign}${field}:${word}`;
}

/** Read a chip as it is typed; null: it is only text. */
export function readChip(text: string): Chip | null {
  const parameter = /^param(?:eter)?\.([^:=\s]+)[:=](.+)$/.exec(text);
  if (parameter !== null) {
    return { field: "parameter", isNot: false, word: `${parameter[1]}=${parameter[2]}` };
  }
  const found = /^(-?)(state|flow|tag):(.+)$/.exec(text);
  if (found === null) return null;
  return { field: found[2] as Field, isNot: found[1] === "-", word: found[3] ?? "" };
}

/** Say whether a search narrows the list at all. */
export function isNarrowed(search: RunsSearch): boolean {
  return chipsOf(search).length > 0 || search.since !== undefined || search.until !== undefined;
}
