import { useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import type { findArtifacts } from "@/api/queries";

/** The artifacts that match, page by page. */
export function useArtifacts(options: ReturnType<typeof findArtifacts>) {
  const { data, error, isPending, fetchNextPage, hasNextPage, isFetchingNextPage } =
    useInfiniteQuery(options);
  const artifacts = useMemo(() => data?.pages.flatMap(({ items }) => items) ?? [], [data]);
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [fetchNextPage, hasNextPage, isFetchingNextPage]);
  return {
    artifacts,
    error,
    hasMore: hasNextPage,
    isLoading: isPending,
    more,
    total: data?.pages[0]?.total ?? 0,
  };
}
