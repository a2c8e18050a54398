/** Where a text occurs in another one, whatever the case of its letters. */

export interface Part {
  readonly text: string;
  readonly isHit: boolean;
}

/** Cut a text at the places where `find` occurs; joined, the parts are the text again. */
export function markHits(text: string, find: string): Part[] {
  const low = text.toLowerCase();
  const sought = find.toLowerCase();
  // Some letters change their length with their case: then places do not fit any more.
  if (sought === "" || low.length !== text.length) return [{ text, isHit: false }];
  const parts: Part[] = [];
  let at = 0;
  for (let hit = low.indexOf(sought); hit >= 0; hit = low.indexOf(sought, at)) {
    if (hit > at) parts.push({ text: text.slice(at, hit), isHit: false });
    at = hit + sought.length;
    parts.push({ text: text.slice(hit, at), isHit: true });
  }
  if (at < text.length || parts.length === 0) parts.push({ text: text.slice(at), isHit: false });
  return parts;
}
