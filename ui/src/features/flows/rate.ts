/** Say a share of runs; what is not quite all is never said to be all. */
export function sayRate(rate: number | null): string {
  if (rate === null) return "–";
  if (rate === 0 || rate === 1) return `${rate * 100} %`;
  const shown = Math.min(99.9, Math.max(0.1, rate * 100));
  return `${shown.toFixed(shown > 99 || shown < 1 ? 1 : 0)} %`;
}
