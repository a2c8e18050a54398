export function readArtifactsSearch(search: Record<string, unknown>): Record<string, unknown> {
  return search;
}
