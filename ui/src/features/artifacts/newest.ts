import type { Artifact } from "@/api/types";

/** Of each key the newest: the others are found behind it. Those without a key are all kept. */
export function newestOf(artifacts: readonly Artifact[]): Artifact[] {
  const seen = new Set<string>();
  return artifacts.filter(({ key, kind }) => {
    if (key === null) return true;
    const name = `${kind} ${key}`;
    if (seen.has(name)) return false;
    seen.add(name);
    return true;
  });
}
