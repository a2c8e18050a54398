/** The hits of a search in the log: how many, where, and which one is looked at. */

import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { getLogMatches, type LogWords } from "../queries";

export interface Hits {
  readonly total: number;
  /** Number of the one looked at, from 0; -1: none yet. */
  readonly current: number;
  /** Its position in the log. */
  readonly position: number | null;
  readonly isSearching: boolean;
  readonly go: (by: number) => void;
}

export function useHits(id: string, words: LogWords, find: string): Hits {
  const { data, isFetching } = useQuery(getLogMatches(id, words, find));
  const [current, setCurrent] = useState(-1);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another text begins anew
  useEffect(() => setCurrent(-1), [find, words]);
  const positions = find === "" ? [] : (data?.positions ?? []);
  const known = positions.length;
  return {
    total: find === "" ? 0 : (data?.total ?? 0),
    current,
    position: positions[current] ?? null,
    isSearching: isFetching,
    go: (by) => {
      if (known === 0) return;
      setCurrent((now) => (now < 0 ? (by > 0 ? 0 : known - 1) : (now + by + known) % known));
    },
  };
}
