/** What the parts of a run page share: which run it is, and what its address says. */

import { createContext, useContext } from "react";
import type { FlowRunDetail } from "@/api/types";
import { isOver, lookOf } from "@/timeline/looks";
import type { RunSearch } from "./search";

/** A change of the address; `undefined` takes a word out. */
export type SearchChange = { readonly [Key in keyof RunSearch]?: RunSearch[Key] | undefined };

/** Give the address after a change. */
export function applyChange(now: RunSearch, change: SearchChange): RunSearch {
  const words = { ...now, ...change };
  return Object.fromEntries(
    Object.entries(words).filter(([, value]) => value !== undefined),
  ) as RunSearch;
}

export interface RunPageValue {
  readonly id: string;
  readonly run: FlowRunDetail;
  readonly search: RunSearch;
  /** Change the address. With `replace`, the back button does not come back to how it was. */
  readonly setSearch: (change: SearchChange, replace?: boolean) => void;
}

export const RunPageContext = createContext<RunPageValue | null>(null);

export function useRunPage(): RunPageValue {
  const value = useContext(RunPageContext);
  if (value === null) throw new Error("A part of the run page stands outside of it.");
  return value;
}

/** Say whether a run is still going on. */
export function isOpenRun(run: { state_type: string; state_name: string }): boolean {
  return !isOver(lookOf(run.state_type, run.state_name));
}
