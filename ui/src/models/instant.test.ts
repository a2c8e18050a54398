import fc from "fast-check";
import { expect, test } from "vitest";
import { sayInstant, sayRelative, sayZone } from "@/models/instant";

const UTC = { is24h: true, zone: "UTC" };
const NOW = Date.parse("2026-11-28T14:30:00Z");
const DAY = 86_400_000;

test("of an instant of today only the time is said, of others the day too", () => {
  expect(sayInstant(NOW - 3_600_000, UTC, "short", NOW)).toBe("13:30");
  expect(sayInstant(NOW - DAY, UTC, "short", NOW)).toBe("27 Nov, 14:30");
  expect(sayInstant(NOW - 400 * DAY, UTC, "short", NOW)).toBe("24 Oct 2025");
});

test("today is today in the zone that is shown", () => {
  const late = Date.parse("2026-11-28T23:30:00Z");
  const tokyo = { is24h: true, zone: "Asia/Tokyo" };
  expect(sayInstant(late, tokyo, "short", NOW)).toBe("29 Nov, 08:30");
});

test("midnight is 00:00, never 24:00", () => {
  expect(sayInstant(Date.parse("2026-11-28T00:00:00Z"), UTC, "short", NOW)).toBe("00:00");
});

test("twelve hours have their half of the day", () => {
  expect(sayInstant(NOW, { is24h: false, zone: "UTC" }, "short", NOW)).toMatch(/02:30\s?pm/i);
});

test("an instant in words is never later than it is, whichever side of now", () => {
  expect(sayRelative(NOW - 119_000, NOW)).toBe("1 min. ago");
  expect(sayRelative(NOW + 119_000, NOW)).toBe("in 1 min.");
  expect(sayRelative(NOW - 500, NOW)).toBe("now");
  expect(sayRelative(NOW - DAY, NOW)).toBe("yesterday");
});

test("every instant can be said, and a broken one is a dash", () => {
  fc.assert(
    fc.property(fc.integer({ max: 4e12, min: 0 }), fc.integer({ max: 4e12, min: 0 }), (at, now) => {
      expect(sayRelative(at, now)).not.toMatch(/NaN|undefined/);
      expect(sayInstant(at, UTC, "short", now)).not.toMatch(/Invalid|undefined/);
    }),
  );
  expect(sayInstant(Number.NaN, UTC, "short", NOW)).toBe("–");
  expect(sayRelative(Number.NaN, NOW)).toBe("–");
});

test("a zone is said by its distance from UTC at that time of the year", () => {
  expect(sayZone("Europe/Vienna", Date.parse("2026-07-01T12:00:00Z"))).toBe("UTC+2");
  expect(sayZone("Europe/Vienna", NOW)).toBe("UTC+1");
  expect(sayZone("America/New_York", NOW)).toBe("UTC−5");
});
