import fc from "fast-check";
import { expect, test } from "vitest";
import type { History } from "@/api/types";
import { stackBars } from "@/features/runs/stack";

const TYPES = ["COMPLETED", "FAILED", "CRASHED", "RUNNING", "CANCELLED", "SCHEDULED"];
const HEIGHT = 50;

const counts = fc.dictionary(fc.constantFrom(...TYPES), fc.integer({ max: 100_000, min: 1 }));

function historyOf(all: readonly Record<string, number>[]): History {
  const at = (place: number) => new Date(place * 60_000).toISOString();
  return {
    buckets: all.map((each, place) => ({ counts: each, end: at(place + 1), start: at(place) })),
    end: at(all.length),
    start: at(0),
    total: 0,
  };
}

test("bars stay inside, lie on one another without gaps, and count every run", () => {
  fc.assert(
    fc.property(fc.array(counts, { maxLength: 30, minLength: 1 }), (all) => {
      const bars = stackBars(historyOf(all), HEIGHT);
      bars.forEach((bar, place) => {
        const sum = Object.values(all[place] ?? {}).reduce((total, count) => total + count, 0);
        expect(bar.total).toBe(sum);
        let top = HEIGHT;
        for (const { y, height } of bar.segments) {
          expect(y + height).toBeCloseTo(top, 6);
          top = y;
        }
        expect(top).toBeGreaterThanOrEqual(-1e-6);
      });
    }),
  );
});

test("one failure among ten thousand can be seen, on top", () => {
  const [bar] = stackBars(historyOf([{ COMPLETED: 10_000, FAILED: 1 }]), HEIGHT);
  const top = bar?.segments.at(-1);
  expect(top?.look).toBe("failed");
  expect(top?.height).toBeGreaterThan(1.5);
});
