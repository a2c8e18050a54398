import fc from "fast-check";
import { expect, test } from "vitest";
import { markHits } from "./marks";

test("hits are found whatever the case", () => {
  expect(markHits("An error: ERROR", "error")).toEqual([
    { text: "An ", isHit: false },
    { text: "error", isHit: true },
    { text: ": ", isHit: false },
    { text: "ERROR", isHit: true },
  ]);
});

test("parts joined are the text again, and each hit is the text sought", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ maxLength: 3 }), (text, find) => {
      const parts = markHits(text, find);
      expect(parts.map((part) => part.text).join("")).toBe(text);
      for (const part of parts) {
        if (part.isHit) expect(part.text.toLowerCase()).toBe(find.toLowerCase());
      }
    }),
  );
});
