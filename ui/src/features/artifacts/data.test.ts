import fc from "fast-check";
import { expect, test } from "vitest";
import {
  compareValues,
  readLink,
  readNumber,
  readProgress,
  readTable,
  sayNumber,
  sayValue,
  writeCsv,
} from "@/features/artifacts/data";

test("whatever an artifact holds, it can be read", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (data) => {
      readTable(data);
      readNumber(data);
      expect(readProgress(data)).toBeGreaterThanOrEqual(0);
      expect(readProgress(data)).toBeLessThanOrEqual(100);
      expect(typeof readLink(data).text).toBe("string");
      expect(typeof sayValue(data)).toBe("string");
    }),
  );
});

test("only http and https lead anywhere", () => {
  const hrefs = [
    "javascript:alert(1)",
    " javascript:alert(1)",
    "data:text/html,x",
    "//evil",
    "ftp://x",
  ];
  for (const link of hrefs) expect(readLink({ link }).href).toBeNull();
  expect(readLink({ link: "https://example.org" }).href).toBe("https://example.org");
});

test("values are put in an order, and missing ones come last either way", () => {
  const values = fc.array(fc.oneof(fc.double({ noNaN: true }), fc.constant(null)));
  fc.assert(
    fc.property(values, fc.boolean(), (all, isDown) => {
      const sorted = [...all].sort((a, b) => compareValues(a, b, isDown));
      const known = sorted.filter((value) => value !== null);
      const expected = [...known].sort((a, b) => (isDown ? b - a : a - b));
      expect(known).toEqual(expected);
      expect(sorted.slice(known.length).every((value) => value === null)).toBe(true);
    }),
  );
});

test("numbers are said in six figures, and none as nothing", () => {
  expect(sayNumber(0.87313131)).toBe("0.873131");
  expect(sayNumber(12_345_678)).toBe("12,345,678");
  expect(sayNumber(1e-9)).toBe("1.000e-9");
  expect(sayNumber(0)).toBe("0");
});

test("a table as CSV keeps commas, quotes and lines", () => {
  const table = readTable({
    columns: [{ name: "a,b" }, { name: "c" }],
    row_count: 1,
    rows: [['say "hi"', "two\nlines"]],
  });
  if (table === null) throw new Error("not a table");
  expect(writeCsv(table)).toBe('"a,b",c\r\n"say ""hi""","two\nlines"');
});
