import fc from "fast-check";
import { expect, test } from "vitest";
import { duration } from "./duration";

const seconds = fc.double({ min: 0, max: 1e8, noNaN: true });

test.each([
  [0, "0 s"],
  [0.0000004, "1 µs"],
  [0.00042, "420 µs"],
  [0.0015, "1.5 ms"],
  [0.32, "320 ms"],
  [0.99996, "1 s"],
  [1.25, "1.3 s"],
  [41.2, "41 s"],
  [59.7, "1 min"],
  [299.8, "5 min"],
  [397, "6 min 37 s"],
  [3_599.9, "1 h"],
  [3_720, "1 h 2 min"],
  [90_000, "1 d 1 h"],
  [-5, "-5 s"],
  [Number.NaN, "–"],
])("%d seconds are said as %s", (value, words) => {
  expect(duration(value)).toBe(words);
});

test("no smaller unit is ever as big as the next one", () => {
  const limits: Record<string, number> = { µs: 1_000, ms: 1_000, s: 60, min: 60, h: 24 };
  fc.assert(
    fc.property(seconds, (value) => {
      const words = duration(value).split(" ");
      for (let place = 0; place < words.length; place += 2) {
        const limit = limits[words[place + 1] ?? ""] ?? Number.POSITIVE_INFINITY;
        expect(Number(words[place])).toBeLessThan(limit);
      }
    }),
    { numRuns: 2_000 },
  );
});

test("what is said differs by no more than a part in twenty from what was", () => {
  const units: Record<string, number> = { µs: 1e-6, ms: 1e-3, s: 1, min: 60, h: 3_600, d: 86_400 };
  fc.assert(
    fc.property(fc.double({ min: 1e-5, max: 1e8, noNaN: true }), (value) => {
      const words = duration(value).split(" ");
      let said = 0;
      for (let place = 0; place < words.length; place += 2) {
        said += Number(words[place]) * (units[words[place + 1] ?? ""] ?? Number.NaN);
      }
      expect(Math.abs(said - value)).toBeLessThanOrEqual(value * 0.051);
    }),
    { numRuns: 2_000 },
  );
});
