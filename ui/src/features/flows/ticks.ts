/** Marks of an axis of durations: at lengths that people say. Pure. */

const STEPS = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900,
  1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
] as const;

/** Give at most `most` marks above zero, up to `highest` seconds. */
export function findTicks(highest: number, most: number): number[] {
  const step = STEPS.find((size) => highest / size <= most) ?? highest / most;
  const count = Math.floor(highest / step + 1e-9);
  return Array.from({ length: count }, (_, place) => (place + 1) * step);
}

/**
 * Give where the axis ends. One run that took a hundred times longer than the others must not make
 * them all flat: what reaches beyond is drawn cut off.
 */
export function findTop(seconds: readonly number[]): number {
  const sorted = [...seconds].sort((a, b) => a - b);
  const highest = sorted.at(-1) ?? 0;
  const usual = sorted[Math.floor((sorted.length - 1) * 0.9)] ?? 0;
  return Math.max(0.001, usual > 0 ? Math.min(highest, usual * 2) : highest);
}
