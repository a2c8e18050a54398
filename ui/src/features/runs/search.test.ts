import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Chip,
  chipsOf,
  flipChip,
  readChip,
  sayChip,
  withChip,
  withoutChip,
} from "@/features/runs/chips";
import { type RunsSearch, readRunsSearch, readSpan, selectionOf } from "@/features/runs/search";
import { parseSearch, stringifySearch } from "@/models/search";

const word = fc.stringMatching(/^[a-zA-Z0-9_*-]{1,12}$/);
const chip: fc.Arbitrary<Chip> = fc.oneof(
  fc.record({
    field: fc.constantFrom("state", "flow", "tag"),
    isNot: fc.boolean(),
    word,
  }),
  fc.record({
    field: fc.constant("parameter" as const),
    isNot: fc.constant(false),
    word: fc.tuple(word, word).map(([name, value]) => `${name}=${value}`),
  }),
);
const chips = fc.array(chip, { maxLength: 8 });

function searchOf(all: readonly Chip[]): RunsSearch {
  return all.reduce<RunsSearch>(withChip, {});
}

test("filters go into the address and come back the same", () => {
  fc.assert(
    fc.property(chips, fc.option(word, { nil: undefined }), (all, q) => {
      const search = { ...searchOf(all), ...(q === undefined ? {} : { q }) };
      expect(readRunsSearch(parseSearch(stringifySearch(search)))).toEqual(search);
    }),
  );
});

test("a chip that is typed is the chip that is shown", () => {
  fc.assert(
    fc.property(chip, (one) => {
      expect(readChip(sayChip(one))).toEqual(one);
    }),
  );
});

test("what is added is there once, and gone when taken away", () => {
  fc.assert(
    fc.property(chips, chip, (all, one) => {
      const search = withChip(withChip(searchOf(all), one), one);
      const same = (other: Chip) => sayChip(other) === sayChip(one);
      expect(chipsOf(search).filter(same)).toHaveLength(1);
      expect(chipsOf(withoutChip(search, one)).some(same)).toBe(false);
    }),
  );
});

test("a filter and its opposite are never both there", () => {
  fc.assert(
    fc.property(chips, chip, (all, one) => {
      const search = flipChip(withChip(searchOf(all), one), one);
      const shown = chipsOf(search).filter(
        ({ field, word: text }) => field === one.field && text === one.word,
      );
      expect(shown).toHaveLength(1);
      expect(shown[0]?.isNot).toBe(one.field !== "parameter" && !one.isNot);
    }),
  );
});

test("an address with nonsense in it shows what makes sense", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.anything()), (search) => {
      const read = readRunsSearch(search);
      expect(readRunsSearch(parseSearch(stringifySearch(read)))).toEqual(read);
    }),
  );
  expect(readRunsSearch({ order: "sideways", since: "yesterday", state: "FAILED" })).toEqual({
    state: ["FAILED"],
  });
});

test("a span counts back from now in whole minutes, so that what is asked stays the same", () => {
  const now = Date.parse("2026-11-28T14:30:42.123Z");
  expect(selectionOf({ since: "24h" }, now)).toEqual({ since: "2026-11-27T14:30:00.000Z" });
  expect(selectionOf({ since: "2026-01-01T00:00:00Z" }, now)).toEqual({
    since: "2026-01-01T00:00:00Z",
  });
  expect(readSpan("90m")).toBe(5_400_000);
  expect(readSpan("soon")).toBeNull();
});
