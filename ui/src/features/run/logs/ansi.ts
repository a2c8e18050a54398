/** Colours of terminals in log lines, as classes and colours instead of escape codes. */

import Anser from "anser";

/** A part of a line that looks alike. */
export interface Span {
  readonly text: string;
  readonly className: string;
  /** A colour of its own, where the program did not choose one of the sixteen. */
  readonly color: string | null;
}

const NAMED = /^ansi-(bright-)?(black|red|green|yellow|blue|magenta|cyan|white)$/;
const ESCAPE = "\u001b";

/** Say whether there is anything to colour. */
export function hasAnsi(text: string): boolean {
  return text.includes(ESCAPE);
}

/** Cut a text into parts that look alike; escape codes that are no colours go. */
export function ansiSpans(text: string): Span[] {
  if (!hasAnsi(text)) return [{ text, className: "", color: null }];
  return Anser.ansiToJson(text, { use_classes: true, remove_empty: true }).map((part) => ({
    text: part.content,
    className: classOf(part.fg, part.decorations),
    color: part.fg === "ansi-truecolor" && part.fg_truecolor ? `rgb(${part.fg_truecolor})` : null,
  }));
}

/** Give a text without escape codes. */
export function withoutAnsi(text: string): string {
  return hasAnsi(text) ? Anser.ansiToText(text) : text;
}

function classOf(colour: string | null, decorations: readonly string[]): string {
  const classes = decorations.map((decoration) => `ansi-${decoration}`);
  // Backgrounds are left out: with two themes no pair of them could be kept readable.
  if (colour !== null && NAMED.test(colour)) classes.push(colour);
  return classes.join(" ");
}
