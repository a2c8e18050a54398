/**
 * A log message cut into what is read and what is folded: text, tracebacks, links.
 *
 * Log text is hostile: everything here gives plain strings that React escapes; no HTML is made.
 */

import { parseTraceback } from "@/models/traceback";

/** A part of a message. */
export interface Block {
  readonly kind: "text" | "traceback";
  readonly text: string;
  /** Of a traceback what was raised, else the first line. */
  readonly summary: string;
  readonly lines: number;
}

const TRACEBACK = "Traceback (most recent call last):";
const CHAIN = /^(During handling of the above exception|The above exception was the direct cause)/;

/** Cut a message into blocks, in their order. Joined by newlines they are the message again. */
export function foldMessage(message: string): Block[] {
  if (!message.includes(TRACEBACK)) return [textBlock(message)];
  const lines = message.split("\n");
  const blocks: Block[] = [];
  let begun = 0;
  let at = 0;
  while (at < lines.length) {
    if (lines[at]?.trimEnd() !== TRACEBACK) {
      at += 1;
      continue;
    }
    if (at > begun) blocks.push(textBlock(lines.slice(begun, at).join("\n")));
    const end = endOfTraceback(lines, at);
    blocks.push(tracebackBlock(lines.slice(at, end).join("\n")));
    begun = end;
    at = end;
  }
  if (begun < lines.length) blocks.push(textBlock(lines.slice(begun).join("\n")));
  return blocks.length === 0 ? [textBlock(message)] : blocks;
}

function endOfTraceback(lines: readonly string[], begin: number): number {
  let at = begin + 1;
  while (at < lines.length && /^\s/.test(lines[at] ?? "")) at += 1;
  if (at < lines.length) at += 1; // the line that says what was raised
  // Exceptions that led to others belong to the same block.
  let ahead = at;
  while (ahead < lines.length && (lines[ahead] === "" || CHAIN.test(lines[ahead] ?? "")))
    ahead += 1;
  const isChain = ahead > at && lines[ahead]?.trimEnd() === TRACEBACK;
  return isChain ? endOfTraceback(lines, ahead) : at;
}

function textBlock(text: string): Block {
  const lines = text.split("\n");
  return { kind: "text", text, summary: lines[0] ?? "", lines: lines.length };
}

function tracebackBlock(text: string): Block {
  const raised = parseTraceback(text);
  const error = raised[raised.length - 1]?.error.split("\n")[0] ?? "";
  const lines = text.split("\n").length;
  return { kind: "traceback", text, summary: error === "" ? "Traceback" : error, lines };
}

/** A part of a line: a link if it has an address. */
export interface Piece {
  readonly text: string;
  readonly href: string | null;
}

const LINK = /https?:\/\/[^\s<>"'`\u0000-\u001f]+/g;

/** Find the links in a text: http and https, nothing else, without the full stop behind them. */
export function findLinks(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const found of text.matchAll(LINK)) {
    const address = found[0].replace(/[.,;:!?)\]}]+$/, "");
    if (!isAddress(address)) continue;
    if (found.index > at) pieces.push({ text: text.slice(at, found.index), href: null });
    pieces.push({ text: address, href: address });
    at = found.index + address.length;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), href: null });
  return pieces;
}

function isAddress(text: string): boolean {
  try {
    const { protocol, hostname } = new URL(text);
    return (protocol === "http:" || protocol === "https:") && hostname !== "";
  } catch {
    return false;
  }
}
