export function readRunsSearch(search: Record<string, unknown>): Record<string, unknown> {
  return search;
}
