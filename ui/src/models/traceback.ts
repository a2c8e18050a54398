/**
 * Tracebacks of Python taken apart: frames, what was raised, and what led to it.
 *
 * A reader wants the lines of their own code; those of the engine and of libraries are there,
 * but folded. What cannot be understood stays text.
 */

/** Whose code a frame is. */
export type Owner = "user" | "engine" | "library";

/** A place in the code that was being executed. */
export interface Frame {
  readonly file: string;
  readonly line: number;
  readonly name: string;
  /** Its source lines, without their indentation. */
  readonly code: readonly string[];
  readonly owner: Owner;
}

/** One exception with the frames it went through. */
export interface Raised {
  readonly frames: readonly Frame[];
  /** What was raised: `ValueError: …`, all its lines. */
  readonly error: string;
  /** How it came to the next: `During handling of the above exception, …`. */
  readonly link: string | null;
}

const HEAD = /^Traceback \(most recent call last\):\s*$/;
const FRAME = /^\s*File "(.+)", line (\d+)(?:, in (.+))?\s*$/;
const LINK = /^(During handling of the above exception|The above exception was the direct cause)/;
const LIBRARY =
  /[\\/](site-packages|dist-packages|lib[\\/]python[\d.]+t?)[\\/]|[\\/]Python\d+[\\/]Lib[\\/]|^<frozen /;
const ENGINE = /[\\/](src|site-packages|dist-packages)[\\/]penstock[\\/]/;

/** Tell whose code lies in a file. */
export function ownerOf(file: string): Owner {
  if (ENGINE.test(file)) return "engine";
  return LIBRARY.test(file) ? "library" : "user";
}

/** Take a traceback apart, the first cause first. Empty: it is none. */
export function parseTraceback(text: string): Raised[] {
  const all: Raised[] = [];
  const lines = text.split("\n");
  let at = 0;
  while (at < lines.length) {
    if (!HEAD.test(lines[at] ?? "")) {
      at += 1;
      continue;
    }
    const [raised, next] = readOne(lines, at + 1);
    all.push(raised);
    at = next;
  }
  return all;
}

function readOne(lines: readonly string[], begin: number): [Raised, number] {
  const frames: Frame[] = [];
  let at = begin;
  while (at < lines.length) {
    const found = FRAME.exec(lines[at] ?? "");
    if (found === null) break;
    at += 1;
    const code: string[] = [];
    while (at < lines.length && /^ {4}/.test(lines[at] ?? "") && !FRAME.test(lines[at] ?? "")) {
      code.push((lines[at] ?? "").slice(4));
      at += 1;
    }
    const file = found[1] ?? "";
    const owner = ownerOf(file);
    frames.push({ file, line: Number(found[2]), name: found[3] ?? "", code, owner });
  }
  const error: string[] = [];
  let link: string | null = null;
  while (at < lines.length && !HEAD.test(lines[at] ?? "")) {
    const line = lines[at] ?? "";
    if (LINK.test(line)) link = line.replace(/:$/, "");
    else error.push(line);
    at += 1;
  }
  return [{ frames, error: error.join("\n").trim(), link }, at];
}

/** A stretch of frames that are shown, or folded. */
export interface Stretch {
  readonly isFolded: boolean;
  readonly frames: readonly Frame[];
}

/** Join frames of code that is not the reader's; if none is theirs, the last stays open. */
export function foldFrames(frames: readonly Frame[]): Stretch[] {
  const hasOwn = frames.some((frame) => frame.owner === "user");
  const stretches: { isFolded: boolean; frames: Frame[] }[] = [];
  frames.forEach((frame, place) => {
    const isShown = frame.owner === "user" || (!hasOwn && place === frames.length - 1);
    const last = stretches[stretches.length - 1];
    if (last !== undefined && last.isFolded === !isShown) last.frames.push(frame);
    else stretches.push({ isFolded: !isShown, frames: [frame] });
  });
  return stretches;
}
