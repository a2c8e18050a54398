import type { Artifact } from "@/api/types";

type Props = {
  artifact: Artifact;
  /** A small picture of it, for galleries: no controls, cut to its place. */
  isPreview?: boolean;
};

/** Draws an artifact of any kind. */
export function ArtifactView({ artifact }: Props) {
  return <div>{artifact.key ?? artifact.kind}</div>;
}
