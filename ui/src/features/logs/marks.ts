/** Takes a text apart where a word occurs, whatever its case. Pure. */

export type Piece = { readonly text: string; readonly isHit: boolean };

/** Give the pieces of a text in order; joined, they are the text again. */
export function splitAt(text: string, word: string): Piece[] {
  if (word === "") return [{ isHit: false, text }];
  const escaped = word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return text
    .split(new RegExp(`(${escaped})`, "giu"))
    .map((piece, place) => ({ isHit: place % 2 === 1, text: piece }))
    .filter((piece) => piece.text !== "");
}
