import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { onChanges } from "@/api/live";
import { type FlowRunWords, findFlowRuns, findNewestFlowRuns } from "@/api/queries";
import { Throttle } from "@/api/throttle";
import type { FlowRunPage } from "@/api/types";
import { countNew, mergeHead, runsOf } from "@/features/runs/merge";

/** At most so often is the head of the list asked for. */
const PAUSE = 800;

/**
 * The runs that match, page by page, kept up to date at their head.
 *
 * While the list is scrolled down nothing moves: what is new is counted, and shown when asked for.
 */
export function useRuns(words: FlowRunWords, isAtTop: () => boolean) {
  const client = useQueryClient();
  const options = useMemo(() => findFlowRuns(words), [words]);
  const query = useInfiniteQuery(options);
  const [waiting, setWaiting] = useState<FlowRunPage | null>(null);
  const atTop = useRef(isAtTop);
  useEffect(() => {
    atTop.current = isAtTop;
  }, [isAtTop]);

  const put = useCallback(
    (head: FlowRunPage) => {
      setWaiting(null);
      client.setQueryData(options.queryKey, (data) =>
        data === undefined ? data : mergeHead(data, head),
      );
    },
    [client, options],
  );

  useEffect(() => {
    setWaiting(null);
    // Oldest first, the head does not change: what changes in it is put in place by the cache.
    if (words.order === "oldest") return undefined;
    let isOver = false;
    const look = async () => {
      const head = await client.fetchQuery({ ...findNewestFlowRuns(words), staleTime: 0 });
      if (isOver) return;
      const data = client.getQueryData(options.queryKey);
      if (atTop.current() || countNew(data, head) === 0) put(head);
      else setWaiting(head);
    };
    // A look that fails is no loss: the banner says that the server is away, and the next one comes.
    const throttle = new Throttle(() => void look().catch(() => undefined), PAUSE);
    const stop = onChanges((changes) => {
      if (changes === null || changes.more || changes.flow_runs.length > 0) throttle.call();
    });
    return () => {
      isOver = true;
      stop();
      throttle.cancel();
    };
  }, [client, options, put, words]);

  const { data, fetchNextPage, hasNextPage, isFetchingNextPage } = query;
  const runs = useMemo(() => runsOf(data), [data]);
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [fetchNextPage, hasNextPage, isFetchingNextPage]);
  const first = data?.pages[0];
  return {
    error: query.error,
    isLoading: query.isPending,
    isOld: query.isPlaceholderData,
    isExact: first?.total_is_exact ?? true,
    more,
    newCount: waiting === null ? 0 : countNew(data, waiting),
    runs,
    showNew: useCallback(() => {
      if (waiting !== null) put(waiting);
    }, [waiting, put]),
    total: first?.total ?? 0,
  };
}
