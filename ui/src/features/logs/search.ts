export function readLogsSearch(search: Record<string, unknown>): Record<string, unknown> {
  return search;
}
