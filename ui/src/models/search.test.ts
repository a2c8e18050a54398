import fc from "fast-check";
import { expect, test } from "vitest";
import { parseSearch, stringifySearch, wordOf, wordsOf } from "@/models/search";

const words = fc.dictionary(
  fc.string({ minLength: 1 }),
  fc.oneof(fc.string({ minLength: 1 }), fc.array(fc.string({ minLength: 1 }), { minLength: 2 })),
);

test("a query that is written and read is the same", () => {
  fc.assert(
    fc.property(words, (search) => {
      expect(parseSearch(stringifySearch(search))).toEqual({ ...search });
    }),
  );
});

test("names that objects have of their own are names as any", () => {
  expect(wordOf(parseSearch("?constructor=1&toString=2").constructor)).toBe("1");
  expect(Object.keys(parseSearch("?__proto__=x"))).toEqual(["__proto__"]);
});

test("stars, commas and colons are left readable", () => {
  expect(stringifySearch({ flow: "train_*", since: "2026-01-01T10:00:00Z" })).toBe(
    "?flow=train_*&since=2026-01-01T10:00:00Z",
  );
});

test("what is empty is left out", () => {
  expect(stringifySearch({ a: "", b: null, c: undefined, d: [] })).toBe("");
  expect(wordsOf(["a", 1, ""])).toEqual(["a"]);
});
