/**
 * The lines of a run's log by their position: asked for in chunks as they come on screen.
 *
 * Only the tail and the chunks on screen are asked for, however long the log is. A chunk that is
 * full never changes; the last one is asked for again when there are more lines.
 */

import { useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";
import { useChanges } from "@/api/hooks";
import { KEYS } from "@/api/queries";
import type { LogLine } from "@/api/types";
import { getLogChunk, getLogTail, type LogWords } from "../queries";
import { CHUNK, chunksFor } from "./slice";

/** So many of the last lines come with the question how many there are. */
const TAIL = 200;

/** A part of a log. */
export interface Lines {
  /** How many lines match; null: not known yet. */
  readonly total: number | null;
  readonly error: Error | null;
  /** Give the line at a position, if it is here. */
  readonly at: (position: number) => LogLine | undefined;
}

/** Have the lines from `first` to `last` of those that match. */
export function useLines(id: string, words: LogWords, first: number, last: number): Lines {
  const tail = useQuery(getLogTail(id, words, TAIL));
  const total = tail.data?.total ?? 0;
  const tailFrom = tail.data?.offset ?? 0;
  useTailIsCurrent(id);

  const isInTail = first >= tailFrom;
  const wanted = isInTail ? [] : chunksFor(first, Math.min(last, tailFrom - 1), total);
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
      if (position >= tailFrom) return tail.data?.items[position - tailFrom];
      const chunk = chunks[wanted.indexOf(Math.floor(position / CHUNK))];
      return chunk?.data?.items[position - chunk.data.offset];
    },
    [tail.data, tailFrom, chunks, wanted],
  );
  const broken = chunks.find((chunk) => chunk.error !== null);
  return {
    total: tail.data?.total ?? null,
    error: tail.error ?? broken?.error ?? null,
    at,
  };
}

/** Ask for the tail again when there are lines; one question at a time, and the last not lost. */
function useTailIsCurrent(id: string): void {
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
        client.refetchQueries({ queryKey: [KEYS.run, id, "logs", "tail"], type: "active" }),
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
