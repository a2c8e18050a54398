/** Puts the newest runs at the head of a long list, without asking for the whole list again. Pure. */

import type { InfiniteData } from "@tanstack/react-query";
import type { FlowRun, FlowRunPage } from "@/api/types";

type Pages<Param> = InfiniteData<FlowRunPage, Param>;

/** List the runs of all pages; one that stands twice, because the list has moved, counts once. */
export function runsOf(data: Pages<unknown> | undefined): FlowRun[] {
  const seen = new Set<string>();
  const found: FlowRun[] = [];
  for (const page of data?.pages ?? []) {
    for (const run of page.items) {
      if (seen.has(run.id)) continue;
      seen.add(run.id);
      found.push(run);
    }
  }
  return found;
}

/** Count the runs of a first page that the list does not have. */
export function countNew(data: Pages<unknown> | undefined, head: FlowRunPage): number {
  const known = new Set(runsOf(data).map(({ id }) => id));
  return head.items.filter(({ id }) => !known.has(id)).length;
}

/**
 * Give the list with a first page as it is now.
 *
 * As far as the new page reaches, it is the truth: what it leaves out no longer matches. What lies
 * behind stays as it was, and so do the cursors, for they name places, not numbers.
 */
export function mergeHead<Param>(data: Pages<Param>, head: FlowRunPage): Pages<Param> {
  const [first, ...others] = data.pages;
  if (first === undefined) return data;
  if (head.next_cursor === null) {
    return { pageParams: data.pageParams.slice(0, 1), pages: [head] };
  }
  const ids = new Set(head.items.map(({ id }) => id));
  const reach = head.items.at(-1)?.created ?? "";
  const isBehind = (run: FlowRun) => !ids.has(run.id) && run.created < reach;
  const items = [...head.items, ...first.items.filter(isBehind)];
  const rest = others.map((page) => ({ ...page, items: page.items.filter(isBehind) }));
  const page = { ...head, items, next_cursor: first.next_cursor ?? head.next_cursor };
  return { ...data, pages: [page, ...rest] };
}
