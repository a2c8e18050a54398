/** What the run page asks the server for, and what it has done. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, dataOf, queryString, urlOf } from "@/api/client";
import { KEYS } from "@/api/queries";
import type { QueryOf } from "@/api/types";
import type { Ask } from "@/timeline/store";

export type LogWords = QueryOf<"download_logs_api_flow_runs__flow_run_id__logs_download_get">;

const path = (id: string) => ({ path: { flow_run_id: id } });

export const askTimeline: Ask = (id, after) =>
  dataOf(
    api.GET("/api/flow-runs/{flow_run_id}/timeline", {
      params: { ...path(id), query: { after } },
    }),
  );

export function getGraph(id: string) {
  return queryOptions({
    queryKey: [KEYS.run, id, "graph"] as const,
    queryFn: ({ signal }) =>
      dataOf(api.GET("/api/flow-runs/{flow_run_id}/graph", { params: path(id), signal })),
  });
}

export function getRunStates(id: string) {
  return queryOptions({
    queryKey: [KEYS.run, id, "states"] as const,
    queryFn: ({ signal }) =>
      dataOf(api.GET("/api/flow-runs/{flow_run_id}/states", { params: path(id), signal })),
  });
}

export function getTaskRun(flowRunId: string, id: string) {
  return queryOptions({
    queryKey: [KEYS.run, flowRunId, "task", id] as const,
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/api/task-runs/{task_run_id}", { params: { path: { task_run_id: id } }, signal }),
      ),
  });
}

export function getTaskRunStates(flowRunId: string, id: string) {
  return queryOptions({
    queryKey: [KEYS.run, flowRunId, "task", id, "states"] as const,
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/api/task-runs/{task_run_id}/states", {
          params: { path: { task_run_id: id } },
          signal,
        }),
      ),
  });
}

/** The first or the last lines that match, and how many do. */
export function getLogEnd(id: string, words: LogWords, end: "head" | "tail", limit: number) {
  const offset = end === "head" ? 0 : null;
  return queryOptions({
    queryKey: [KEYS.run, id, "logs", "end", words, end, limit] as const,
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/api/flow-runs/{flow_run_id}/logs", {
          params: { ...path(id), query: { ...words, offset, limit } },
          signal,
        }),
      ),
  });
}

/** Lines by their position. `length` is how many there must be: with more there is more to ask. */
export function getLogChunk(
  id: string,
  words: LogWords,
  { offset, limit, length }: { offset: number; limit: number; length: number },
) {
  return queryOptions({
    queryKey: [KEYS.run, id, "logs", "chunk", words, offset, length] as const,
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/api/flow-runs/{flow_run_id}/logs", {
          params: { ...path(id), query: { ...words, offset, limit } },
          signal,
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 30_000,
  });
}

/** Where a line stands among those that match. */
export function getLogPlace(id: string, words: LogWords, line: number) {
  return queryOptions({
    queryKey: [KEYS.run, id, "logs", "place", words, line] as const,
    queryFn: async ({ signal }) => {
      const window = await dataOf(
        api.GET("/api/flow-runs/{flow_run_id}/logs", {
          params: { ...path(id), query: { ...words, around: line, limit: 3 } },
          signal,
        }),
      );
      const place = window.items.findIndex((item) => item.id === line);
      return place < 0 ? null : window.offset + place;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function getLogMatches(id: string, words: LogWords, find: string) {
  return queryOptions({
    queryKey: [KEYS.run, id, "logs", "matches", words, find] as const,
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/api/flow-runs/{flow_run_id}/logs/matches", {
          params: { ...path(id), query: { ...words, find } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    enabled: find !== "",
  });
}

export function findLoggers(id: string) {
  return queryOptions({
    queryKey: [KEYS.run, id, "logs", "loggers"] as const,
    queryFn: ({ signal }) =>
      dataOf(api.GET("/api/flow-runs/{flow_run_id}/logs/loggers", { params: path(id), signal })),
  });
}

export function getLogLine(line: number) {
  return queryOptions({
    queryKey: ["log-line", line] as const,
    queryFn: ({ signal }) =>
      dataOf(api.GET("/api/logs/{log_id}", { params: { path: { log_id: line } }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** The address of a run's log as a text file. */
export function logDownload(id: string, words: LogWords): string {
  const query = queryString(words);
  const address = `api/flow-runs/${encodeURIComponent(id)}/logs/download`;
  return urlOf(query === "" ? address : `${address}?${query}`);
}

/** What can be done to a run by its menu. */
export type Deed = "retry" | "resume";

export function getReuse(id: string, action: Deed) {
  return queryOptions({
    queryKey: [KEYS.run, id, "reuse", action] as const,
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/api/flow-runs/{flow_run_id}/reuse", {
          params: { ...path(id), query: { action } },
          signal,
        }),
      ),
    staleTime: 0,
  });
}

export const retryRun = (id: string, rerun: readonly string[]) =>
  dataOf(
    api.POST("/api/flow-runs/{flow_run_id}/retry", {
      params: path(id),
      body: { rerun: [...rerun] },
    }),
  );

/** Go on with a run that stopped. */
export const resumeRun = (id: string, rerun: readonly string[]) =>
  dataOf(
    api.POST("/api/flow-runs/{flow_run_id}/resume", {
      params: path(id),
      body: { rerun: [...rerun] },
    }),
  );

/** Give a paused run what it waits for; null: only a go-ahead. */
export const answerRun = (id: string, input: unknown) =>
  dataOf(
    api.POST("/api/flow-runs/{flow_run_id}/resume", {
      params: path(id),
      body: { rerun: [], input },
    }),
  );

export const cancelRun = (id: string) =>
  dataOf(api.POST("/api/flow-runs/{flow_run_id}/cancel", { params: path(id) }));

export const deleteRun = (id: string) =>
  dataOf(api.DELETE("/api/flow-runs/{flow_run_id}", { params: path(id) }));
