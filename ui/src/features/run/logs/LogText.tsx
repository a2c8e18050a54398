/** Text of a log line with its colours, its links, and the places where a search hit it. */

import type { ReactNode } from "react";
import { markHits } from "@/models/marks";
import { ansiSpans } from "./ansi";
import { findLinks } from "./fold";

export function LogText({ text, find }: { text: string; find: string }) {
  return (
    <span className="lg-text">
      {ansiSpans(text).map((span, place) => (
        <span
          // biome-ignore lint/suspicious/noArrayIndexKey: spans of a text never change their order
          key={place}
          className={span.className || undefined}
          style={span.color === null ? undefined : { color: span.color }}
        >
          {linked(span.text, find)}
        </span>
      ))}
    </span>
  );
}

function linked(text: string, find: string): ReactNode {
  const pieces = findLinks(text);
  if (pieces.length === 1 && pieces[0]?.href === null) return marked(text, find);
  return pieces.map((piece, place) =>
    piece.href === null ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: as above
      <span key={place}>{marked(piece.text, find)}</span>
    ) : (
      <a
        // biome-ignore lint/suspicious/noArrayIndexKey: as above
        key={place}
        href={piece.href}
        target="_blank"
        rel="noopener noreferrer"
        className="underline underline-offset-2"
      >
        {marked(piece.text, find)}
      </a>
    ),
  );
}

function marked(text: string, find: string): ReactNode {
  const parts = markHits(text, find);
  if (parts.length === 1 && parts[0]?.isHit === false) return text;
  return parts.map((part, place) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: as above
    part.isHit ? <mark key={place}>{part.text}</mark> : part.text,
  );
}
