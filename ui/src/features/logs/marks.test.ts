import fc from "fast-check";
import { expect, test } from "vitest";
import { splitAt } from "@/features/logs/marks";

test("the pieces of a text joined are the text again", () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ maxLength: 4 }), (text, word) => {
      expect(
        splitAt(text, word)
          .map((piece) => piece.text)
          .join(""),
      ).toBe(text);
    }),
  );
});

test("a word is found in any case, and its signs mean nothing", () => {
  expect(splitAt("a.B a.b axb", "a.b").filter(({ isHit }) => isHit)).toHaveLength(2);
});
