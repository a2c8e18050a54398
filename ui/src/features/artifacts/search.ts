/** What the addresses of the artifacts' pages say. */

import { wordOf, wordsOf } from "@/models/search";

export type ArtifactsSearch = {
  kind?: string[];
  q?: string;
  /** Id of the artifact that is open. */
  open?: string;
  /** Ids of two to be compared. */
  compare?: string[];
};

export function readArtifactsSearch(search: Record<string, unknown>): ArtifactsSearch {
  const read: ArtifactsSearch = {};
  const kind = wordsOf(search.kind);
  const q = wordOf(search.q);
  const open = wordOf(search.open);
  const compare = wordsOf(search.compare).slice(0, 2);
  if (kind.length > 0) read.kind = kind;
  if (q !== undefined) read.q = q;
  if (open !== undefined) read.open = open;
  if (compare.length > 0) read.compare = compare;
  return read;
}
