/** The router, below the base that the server has written into the page. */

import { createRouter } from "@tanstack/react-router";
import { routeTree } from "@/app/routes";
import { parseSearch, stringifySearch } from "@/models/search";

export const router = createRouter({
  routeTree,
  basepath: new URL(document.baseURI).pathname,
  defaultPreload: "intent",
  // Pages keep their own data fresh.
  defaultPreloadStaleTime: 0,
  parseSearch: (text) => parseSearch(text),
  stringifySearch,
  scrollRestoration: false,
});

/** The run whose page is opened first; null: it is another page. */
export function firstRun(): string | null {
  const matches = router.matchRoutes(router.latestLocation);
  const found = matches.find(({ routeId }) => routeId === "/runs/$id");
  return found === undefined ? null : (found.params as { id: string }).id;
}

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
