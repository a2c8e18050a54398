import { useCallback, useEffect, useMemo, useState } from "react";
import type { FlowRun } from "@/api/types";
import type { RunsSearch } from "@/features/runs/search";

export type Selection = {
  readonly ids: ReadonlySet<string>;
  /** All that match, also those that have not been fetched. */
  readonly isAll: boolean;
  readonly toggle: (id: string) => void;
  readonly toggleShown: () => void;
  readonly takeAll: () => void;
  readonly clear: () => void;
};

const NONE: ReadonlySet<string> = new Set();

/** Which runs are selected; another search begins anew. */
export function useSelection(runs: readonly FlowRun[], search: RunsSearch): Selection {
  const [ids, setIds] = useState(NONE);
  const [isAll, setAll] = useState(false);
  const clear = useCallback(() => {
    setIds(NONE);
    setAll(false);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the search that it hangs on
  useEffect(clear, [search]);
  const toggle = useCallback((id: string) => {
    setAll(false);
    setIds((before) => {
      const after = new Set(before);
      if (!after.delete(id)) after.add(id);
      return after;
    });
  }, []);
  const toggleShown = useCallback(() => {
    setAll(false);
    setIds((before) => (before.size > 0 ? NONE : new Set(runs.map(({ id }) => id))));
  }, [runs]);
  const takeAll = useCallback(() => {
    setIds(new Set(runs.map(({ id }) => id)));
    setAll(true);
  }, [runs]);
  return useMemo(
    () => ({ clear, ids, isAll, takeAll, toggle, toggleShown }),
    [clear, ids, isAll, takeAll, toggle, toggleShown],
  );
}
