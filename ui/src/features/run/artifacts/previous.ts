/** Which artifact an artifact is compared with. */

import type { Artifact } from "@/api/types";

/** Give the last one of an earlier run: of the same flow, of those under the same key. */
export function previousOf(artifact: Artifact, series: readonly Artifact[]): Artifact | undefined {
  return series
    .filter(
      (other) =>
        other.flow_run_id !== artifact.flow_run_id &&
        other.flow_name === artifact.flow_name &&
        other.kind === artifact.kind &&
        other.created < artifact.created,
    )
    .sort((one, other) => one.created.localeCompare(other.created))
    .at(-1);
}
