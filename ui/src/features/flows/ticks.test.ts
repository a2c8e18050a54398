import fc from "fast-check";
import { expect, test } from "vitest";
import { findTicks, findTop } from "@/features/flows/ticks";

const seconds = fc.double({ max: 1e7, min: 0.001, noNaN: true });

test("there are few marks, and all are on the axis", () => {
  fc.assert(
    fc.property(seconds, fc.integer({ max: 6, min: 1 }), (highest, most) => {
      const ticks = findTicks(highest, most);
      expect(ticks.length).toBeLessThanOrEqual(most);
      expect(ticks.every((tick) => tick > 0 && tick <= highest * 1.000001)).toBe(true);
    }),
  );
});

test("nine of ten runs fit, and one that took much longer does not flatten them", () => {
  fc.assert(
    fc.property(fc.array(seconds, { maxLength: 100, minLength: 1 }), (all) => {
      const top = findTop(all);
      const fitting = all.filter((each) => each <= top).length;
      expect(fitting).toBeGreaterThanOrEqual(Math.floor(all.length * 0.9));
    }),
  );
  expect(findTop([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 500])).toBe(2);
});
