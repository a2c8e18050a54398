import fc from "fast-check";
import { expect, test } from "vitest";
import { DEFAULTS, readPreferences } from "@/models/preferences";

test("whatever was kept, what is read can be used", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      const read = readPreferences(text);
      expect(Object.keys(read).sort()).toEqual(Object.keys(DEFAULTS).sort());
      expect(["system", "light", "dark"]).toContain(read.theme);
    }),
  );
});

test("what is known is kept, and a zone that does not exist is not", () => {
  const text = JSON.stringify({ density: "compact", theme: "dark", zone: "Mars/Olympus" });
  expect(readPreferences(text)).toEqual({ ...DEFAULTS, density: "compact", theme: "dark" });
  expect(readPreferences('{"zone":"Asia/Tokyo"}').zone).toBe("Asia/Tokyo");
});
