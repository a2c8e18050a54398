/**
 * The lines of a run's log by their position: asked for in chunks as they come on screen.
 *
 * Only one end and the chunks on screen are asked for, however long the log is. A chunk that is
 * full never changes; the last one is asked for again when there are more lines.
 */

import { useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";
import { useChanges } from "@/api/hooks";
import { KEYS } from "@/api/queries";
import type { LogLine } from "@/api/types";
import { getLogChunk, getLogEnd, type LogWords } from "../queries";
import { CHUNK, chunksFor } from "./slice";

/** A part of a log. */
export interface Lines {
  /** How many lines match; null: not known yet. */
  readonly total: number | null;
  readonly error: Error | null;
  /** Give the line at a position, if it is here. */
  readonly at: (position: number) => LogLine | undefined;
}

type Wanted = {
  /** Positions on screen. */
  readonly first: number;
  readonly last: number;
  /** The end where one begins to read: its lines come with the question how many there are. */
  readonly end: "head" | "tail";
};

/** Have the lines from `first` to `last` of those that match. */
export function useLines(id: string, words: LogWords, { first, last, end }: Wanted): Lines {
  const known = useQuery(getLogEnd(id, words, end, CHUNK));
  const total = known.data?.total ?? 0;
  const from = known.data?.offset ?? 0;
  const to = from + (known.data?.items.length ?? 0);
  useEndIsCurrent(id);

  const wanted =
    end === "tail"
      ? chunksFor(first, Math.min(last, from - 1), total)
      : chunksFor(Math.max(first, to), Math.min(last, total - 1), total);
  const chunks = useQueries({
    queries: wanted.map((chunk) => {
      const offset = chunk * CHUNK;
      return getLogChunk(id, words, {
        offset,
        limit: CHUNK,
        length: Math.min(CHUNK, total - offset),
      });
    }),
  });
  const at = useCallback(
    (position: number) => {
      if (position >= from && position < to) return known.data?.items[position - from];
      const chunk = chunks[wanted.indexOf(Math.floor(position / CHUNK))];
      return chunk?.data?.items[position - chunk.data.offset];
    },
    [known.data, from, to, chunks, wanted],
  );
  const broken = chunks.find((chunk) => chunk.error !== null);
  return {
    total: known.data?.total ?? null,
    error: known.error ?? broken?.error ?? null,
    at,
  };
}

/** Ask for the end again when there are lines; one question at a time, and the last not lost. */
function useEndIsCurrent(id: string): void {
  const client = useQueryClient();
  const state = useRef({ isAsking: false, isStale: false });
  const refresh = useCallback(async () => {
    const now = state.current;
    now.isStale = true;
    if (now.isAsking) return;
    now.isAsking = true;
    while (now.isStale) {
      now.isStale = false;
      await Promise.all([
        client.refetchQueries({ queryKey: [KEYS.run, id, "logs", "end"], type: "active" }),
        client.refetchQueries({ queryKey: [KEYS.run, id, "logs", "matches"], type: "active" }),
      ]);
    }
    now.isAsking = false;
  }, [client, id]);
  useChanges((changes) => {
    if (changes === null || (changes.run?.id === id && changes.run.logs)) void refresh();
  });
  useEffect(() => {
    const now = state.current;
    return () => {
      now.isStale = false;
    };
  }, []);
}
