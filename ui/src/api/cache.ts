/** Carries what the stream tells into the cache of queries. */

import { type InfiniteData, QueryClient } from "@tanstack/react-query";
import type { Changes } from "@/api/changes";
import { onChanges } from "@/api/live";
import { ApiProblem } from "@/api/problem";
import { KEYS } from "@/api/queries";
import { Throttle } from "@/api/throttle";
import type { FlowRun, FlowRunDetail, FlowRunPage, Home } from "@/api/types";

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // The stream says when something has changed; asking again is its business.
        staleTime: 10_000,
        gcTime: 5 * 60_000,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        // A server on this machine is there also when the network is not.
        networkMode: "always",
        retry: (count, error) => !(error instanceof ApiProblem && error.status < 500) && count < 2,
      },
      mutations: { networkMode: "always" },
    },
  });
}

/** Put runs as they are now into a page that lists them; the same page, if none is in it. */
export function patchRuns(page: FlowRunPage, runs: ReadonlyMap<string, FlowRun>): FlowRunPage {
  if (!page.items.some((run) => runs.has(run.id))) return page;
  return { ...page, items: page.items.map((run) => runs.get(run.id) ?? run) };
}

/** Put runs as they are now into what Home shows; the same, if it shows none of them. */
export function patchHome(home: Home, runs: ReadonlyMap<string, FlowRun>): Home {
  const trouble = patchRuns(home.trouble, runs);
  const active = patchRuns(home.active, runs);
  return trouble === home.trouble && active === home.active ? home : { ...home, trouble, active };
}

/** Keep a cache up to date with the stream. Gives back how to stop. */
export function feedCache(client: QueryClient, listen = onChanges): () => void {
  // Sums over all runs are dear to make: once a second is often enough to look at.
  const sums = new Throttle(() => {
    for (const key of [KEYS.history, KEYS.stats, KEYS.flows]) {
      void client.invalidateQueries({ queryKey: [key] });
    }
    void client.invalidateQueries({ queryKey: [KEYS.runs, "newest"] });
  }, 1_000);
  const artifacts = new Throttle(() => {
    void client.invalidateQueries({ queryKey: [KEYS.artifacts] });
  }, 1_000);
  // It has runs and artifacts: a throttle of its own, as either of the two would ask once a second.
  const home = new Throttle(() => {
    void client.invalidateQueries({ queryKey: [KEYS.home] });
  }, 1_000);

  const take = (changes: Changes | null) => {
    if (changes === null) {
      void client.invalidateQueries({ queryKey: [KEYS.runs, "list"], refetchType: "none" });
      void client.invalidateQueries({
        predicate: ({ queryKey: [noun, what] }) =>
          noun !== KEYS.config && !(noun === KEYS.runs && what === "list"),
      });
      return;
    }
    if (changes.flow_runs.length > 0 || changes.more) {
      patch(client, changes.flow_runs);
      // Long lists are not fetched whole again: the page that shows one asks for its head.
      void client.invalidateQueries({ queryKey: [KEYS.runs, "list"], refetchType: "none" });
      sums.call();
      home.call();
    }
    if (changes.artifacts) {
      artifacts.call();
      home.call();
    }
  };
  const stop = listen(take);
  return () => {
    stop();
    sums.cancel();
    artifacts.cancel();
    home.cancel();
  };
}

function patch(client: QueryClient, changed: readonly FlowRun[]): void {
  const runs = new Map(changed.map((run) => [run.id, run]));
  client.setQueriesData<InfiniteData<FlowRunPage>>({ queryKey: [KEYS.runs, "list"] }, (data) => {
    if (data === undefined) return data;
    const pages = data.pages.map((page) => patchRuns(page, runs));
    return pages.every((page, place) => page === data.pages[place]) ? data : { ...data, pages };
  });
  client.setQueriesData<FlowRunPage>({ queryKey: [KEYS.runs, "newest"] }, (page) =>
    page === undefined ? page : patchRuns(page, runs),
  );
  client.setQueriesData<Home>({ queryKey: [KEYS.home] }, (home) =>
    home === undefined ? home : patchHome(home, runs),
  );
  for (const run of changed) {
    client.setQueryData<FlowRunDetail>([KEYS.run, run.id, "detail"], (detail) =>
      detail === undefined ? detail : { ...detail, ...run },
    );
  }
}
