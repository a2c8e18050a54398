import fc from "fast-check";
import { expect, test } from "vitest";
import { distance, findNear } from "@/models/near";

test("a distance is nought only to itself, and the same both ways", () => {
  const word = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      expect(distance(a, b)).toBe(distance(b, a));
      expect(distance(a, b) === 0).toBe(a === b);
      expect(distance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
    }),
  );
});

test("a mistake of typing finds what was meant", () => {
  expect(findNear("trainmodel", ["train_model", "daily_report"])).toEqual(["train_model"]);
  expect(findNear("rnus", ["Home", "Runs", "Flows"], 1)).toEqual(["Runs"]);
});

test("what is nothing like it is not offered", () => {
  expect(findNear("zzzzzz", ["train_model", "daily_report"])).toEqual([]);
});
