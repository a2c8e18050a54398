import fc from "fast-check";
import { expect, test } from "vitest";
import { ansiSpans, withoutAnsi } from "./ansi";
import { findLinks, foldMessage } from "./fold";

const TRACEBACK = `Traceback (most recent call last):
  File "/home/ada/exam.py", line 18, in clean
    return float(value)
ValueError: could not convert string to float: 'n/a'`;

test("a traceback in the middle of a message is one block", () => {
  const blocks = foldMessage(`clean-3 failed\n${TRACEBACK}\nafterwards`);
  expect(blocks.map((block) => [block.kind, block.lines, block.summary])).toEqual([
    ["text", 1, "clean-3 failed"],
    ["traceback", 4, "ValueError: could not convert string to float: 'n/a'"],
    ["text", 1, "afterwards"],
  ]);
});

test("exceptions that led to one another are one block", () => {
  const chain = `${TRACEBACK}\n\nDuring handling of the above exception, another exception occurred:\n\n${TRACEBACK}`;
  expect(foldMessage(chain).map((block) => block.kind)).toEqual(["traceback"]);
});

test("blocks joined by newlines are the message again, whatever it is", () => {
  const line = fc.oneof(
    fc.string(),
    fc.constant("Traceback (most recent call last):"),
    fc.constant('  File "/a.py", line 1, in f'),
    fc.constant("    x = 1"),
    fc.constant(""),
    fc.constant("During handling of the above exception, another exception occurred:"),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
      const message = lines.join("\n");
      expect(
        foldMessage(message)
          .map((block) => block.text)
          .join("\n"),
      ).toBe(message);
    }),
    { numRuns: 1_000 },
  );
});

test("only http and https are links, without the full stop behind them", () => {
  const text =
    "see https://example.org/a?b=1, (http://x.org/y). not javascript:alert(1) nor http://";
  expect(findLinks(text).filter((piece) => piece.href !== null)).toEqual([
    { text: "https://example.org/a?b=1", href: "https://example.org/a?b=1" },
    { text: "http://x.org/y", href: "http://x.org/y" },
  ]);
});

test("pieces of a text joined are the text again, and each link begins with http", () => {
  const part = fc.oneof(
    fc.string(),
    fc.webUrl(),
    fc.constantFrom("javascript:", "data:text/html,"),
  );
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const text = parts.join(" ");
      const pieces = findLinks(text);
      expect(pieces.map((piece) => piece.text).join("")).toBe(text);
      for (const { href } of pieces) if (href !== null) expect(href).toMatch(/^https?:\/\//);
    }),
  );
});

test("escape codes become classes, and the text stays", () => {
  const text = "\u001b[1;31merror\u001b[0m plain \u001b[38;2;10;20;30mown\u001b[0m";
  expect(ansiSpans(text)).toEqual([
    { text: "error", className: "ansi-bold ansi-red", color: null },
    { text: " plain ", className: "", color: null },
    { text: "own", className: "", color: "rgb(10, 20, 30)" },
  ]);
  expect(withoutAnsi(text)).toBe("error plain own");
});

test("any text with escape codes is coloured without an error", () => {
  const part = fc.oneof(fc.string(), fc.constantFrom("\u001b[", "\u001b[31m", "\u001b[38;5;", "m"));
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const text = parts.join("");
      expect(() => ansiSpans(text)).not.toThrow();
    }),
  );
});
