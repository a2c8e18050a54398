/**
 * What the pages ask for, one function for each question, with its key in the cache.
 *
 * Keys begin with the noun, so that `live.ts` can say what has changed by its noun alone.
 */

import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, dataOf } from "@/api/client";
import type { QueryOf } from "@/api/types";

export type FlowRunWords = QueryOf<"find_flow_runs_api_flow_runs_get">;
export type SelectionWords = QueryOf<"flow_run_stats_api_flow_runs_stats_get">;
export type ArtifactWords = QueryOf<"find_artifacts_api_artifacts_get">;
export type LogSearchWords = QueryOf<"search_logs_api_logs_get">;

/** First words of the keys of the cache. */
export const KEYS = {
  artifacts: "artifacts",
  config: "config",
  flows: "flows",
  history: "history",
  home: "home",
  logSearch: "log-search",
  run: "run",
  runs: "runs",
  stats: "stats",
  views: "views",
} as const;

export const PAGE = 50;

export function findFlowRuns(words: FlowRunWords) {
  return infiniteQueryOptions({
    queryKey: [KEYS.runs, "list", words] as const,
    queryFn: ({ pageParam, signal }) =>
      dataOf(
        api.GET("/api/flow-runs", {
          params: { query: { ...words, limit: PAGE, cursor: pageParam } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: keepPreviousData,
  });
}

/** The first page alone: to see what is new, and for short lists. */
export function findNewestFlowRuns(words: FlowRunWords, limit = PAGE) {
  return queryOptions({
    queryKey: [KEYS.runs, "newest", words, limit] as const,
    queryFn: ({ signal }) =>
      dataOf(api.GET("/api/flow-runs", { params: { query: { ...words, limit } }, signal })),
  });
}

export function getHistory(words: SelectionWords, buckets: number) {
  return queryOptions({
    queryKey: [KEYS.history, words, buckets] as const,
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/api/flow-runs/history", { params: { query: { ...words, buckets } }, signal }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function getStats(words: SelectionWords) {
  return queryOptions({
    queryKey: [KEYS.stats, words] as const,
    queryFn: ({ signal }) =>
      dataOf(api.GET("/api/flow-runs/stats", { params: { query: words }, signal })),
  });
}

/** All that Home shows, in one answer: runs since an instant, what runs now, the last artifacts. */
export function getHome(since: string, buckets: number) {
  return queryOptions({
    queryKey: [KEYS.home, since, buckets] as const,
    queryFn: ({ signal }) =>
      dataOf(api.GET("/api/home", { params: { query: { since, buckets } }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function getFlowRun(id: string) {
  return queryOptions({
    queryKey: [KEYS.run, id, "detail"] as const,
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/api/flow-runs/{flow_run_id}", { params: { path: { flow_run_id: id } }, signal }),
      ),
  });
}

export function findFlows(q: string | null = null) {
  return queryOptions({
    queryKey: [KEYS.flows, "list", q] as const,
    queryFn: ({ signal }) => dataOf(api.GET("/api/flows", { params: { query: { q } }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function getFlow(name: string) {
  return queryOptions({
    queryKey: [KEYS.flows, "one", name] as const,
    queryFn: ({ signal }) =>
      dataOf(api.GET("/api/flows/{flow_name}", { params: { path: { flow_name: name } }, signal })),
  });
}

export function findArtifacts(words: ArtifactWords) {
  return infiniteQueryOptions({
    queryKey: [KEYS.artifacts, "list", words] as const,
    queryFn: ({ pageParam, signal }) =>
      dataOf(
        api.GET("/api/artifacts", {
          params: { query: { ...words, limit: PAGE, cursor: pageParam } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: keepPreviousData,
  });
}

export function findArtifactKeys(q: string | null = null) {
  return queryOptions({
    queryKey: [KEYS.artifacts, "keys", q] as const,
    queryFn: ({ signal }) =>
      dataOf(api.GET("/api/artifacts/keys", { params: { query: { q } }, signal })),
  });
}

export function getArtifactSeries(key: string) {
  return queryOptions({
    queryKey: [KEYS.artifacts, "series", key] as const,
    queryFn: ({ signal }) =>
      dataOf(api.GET("/api/artifacts/keys/{key}", { params: { path: { key } }, signal })),
  });
}

export function getArtifact(id: string) {
  return queryOptions({
    queryKey: [KEYS.artifacts, "one", id] as const,
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/api/artifacts/{artifact_id}", { params: { path: { artifact_id: id } }, signal }),
      ),
  });
}

export function searchLogs(words: LogSearchWords) {
  return infiniteQueryOptions({
    queryKey: [KEYS.logSearch, words] as const,
    queryFn: ({ pageParam, signal }) =>
      dataOf(api.GET("/api/logs", { params: { query: { ...words, cursor: pageParam } }, signal })),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: keepPreviousData,
    enabled: words.q.trim() !== "",
  });
}

export const getConfig = queryOptions({
  queryKey: [KEYS.config, "ui"] as const,
  queryFn: ({ signal }) => dataOf(api.GET("/api/ui-config", { signal })),
  staleTime: Number.POSITIVE_INFINITY,
});

export const getVersion = queryOptions({
  queryKey: [KEYS.config, "version"] as const,
  queryFn: ({ signal }) => dataOf(api.GET("/api/version", { signal })),
  staleTime: Number.POSITIVE_INFINITY,
});

export const findSettings = queryOptions({
  queryKey: [KEYS.config, "settings"] as const,
  queryFn: ({ signal }) => dataOf(api.GET("/api/settings", { signal })),
  staleTime: Number.POSITIVE_INFINITY,
});

export const findViews = queryOptions({
  queryKey: [KEYS.views] as const,
  queryFn: ({ signal }) => dataOf(api.GET("/api/views", { signal })),
});
