import fc from "fast-check";
import { expect, test } from "vitest";
import { foldFrames, ownerOf, parseTraceback } from "./traceback";

const CHAINED = `Traceback (most recent call last):
  File "/home/ada/exam.py", line 18, in clean
    return float(value)
           ~~~~~^^^^^^^
ValueError: could not convert string to float: 'n/a'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/opt/venv/lib/python3.12/site-packages/penstock/_engine/drive.py", line 40, in drive
    step = life.send(answer)
  File "/home/ada/exam.py", line 20, in clean
    raise RuntimeError("bad row")
RuntimeError: bad row
with a second line`;

test("a chain of exceptions is taken apart, the first cause first", () => {
  const [first, second] = parseTraceback(CHAINED);
  expect(first?.error).toBe("ValueError: could not convert string to float: 'n/a'");
  expect(first?.link).toBe("During handling of the above exception, another exception occurred");
  expect(first?.frames).toEqual([
    {
      file: "/home/ada/exam.py",
      line: 18,
      name: "clean",
      code: ["return float(value)", "       ~~~~~^^^^^^^"],
      owner: "user",
    },
  ]);
  expect(second?.error).toBe("RuntimeError: bad row\nwith a second line");
  expect(second?.frames.map((frame) => frame.owner)).toEqual(["engine", "user"]);
  expect(second?.link).toBeNull();
});

test.each([
  ["/home/ada/penstock/flows.py", "user"],
  ["/srv/app/src/penstock/_engine/life.py", "engine"],
  ["C:\\venv\\Lib\\site-packages\\penstock\\flows.py", "engine"],
  ["/usr/lib/python3.11/json/decoder.py", "library"],
  ["/opt/v/lib/python3.12/site-packages/pandas/core/frame.py", "library"],
  ["<frozen importlib._bootstrap>", "library"],
])("code of %s is that of the %s", (file, owner) => {
  expect(ownerOf(file)).toBe(owner);
});

test("text that is no traceback gives nothing", () => {
  expect(parseTraceback("all went well\nFile missing")).toEqual([]);
});

test("any text is read without an error, and never a frame is lost by folding", () => {
  const line = fc.oneof(
    fc.constant("Traceback (most recent call last):"),
    fc.constant('  File "/a/b.py", line 3, in f'),
    fc.constant('  File "/v/site-packages/x.py", line 3, in f'),
    fc.constant("    return 1"),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
      for (const raised of parseTraceback(lines.join("\n"))) {
        const folded = foldFrames(raised.frames);
        expect(folded.flatMap((stretch) => stretch.frames)).toEqual(raised.frames);
        if (raised.frames.length > 0) {
          expect(folded.some((stretch) => !stretch.isFolded)).toBe(true);
        }
      }
    }),
  );
});
