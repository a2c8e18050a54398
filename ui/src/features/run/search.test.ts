import fc from "fast-check";
import { expect, test } from "vitest";
import { readRunSearch } from "./search";

test("an address is read, and what is not understood is dropped", () => {
  expect(
    readRunSearch({ tab: "logs", task: "clean", level: "30", line: 17, nested: "false", x: 1 }),
  ).toEqual({ tab: "logs", task: ["clean"], level: 30, line: 17, nested: false });
  expect(readRunSearch({ tab: "timeline", level: -3, line: 1.5, failed: "no" })).toEqual({});
});

test("reading an address twice changes nothing, whatever stands in it", () => {
  const words = fc.dictionary(
    fc.constantFrom("tab", "task", "pick", "failed", "level", "line", "nested", "find", "q"),
    fc.anything(),
  );
  fc.assert(
    fc.property(words, (address) => {
      const once = readRunSearch(address);
      expect(readRunSearch({ ...once })).toEqual(once);
    }),
  );
});
