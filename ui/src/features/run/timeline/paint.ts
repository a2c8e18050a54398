/** Paints the minimap: how many runs executed when, trouble in front. */

import { fillOf, resolveColour } from "@/design/icons";
import { activityOf } from "@/timeline/activity";
import { isTrouble, LOOKS } from "@/timeline/looks";
import type { TimelineModel } from "@/timeline/model";
import type { Axis, Window } from "@/timeline/scale";

/** Paint a timeline as a whole into a canvas. */
export function paintMinimap(
  canvas: HTMLCanvasElement,
  model: TimelineModel,
  axis: Axis,
  whole: Window,
  now: number,
): void {
  const context = canvas.getContext("2d");
  const ratio = globalThis.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (context === null || width === 0) return;
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const parts = Math.max(1, Math.floor(width / 2));
  const { byLook, most } = activityOf(model, axis, whole, parts, now);
  const filled = new Float32Array(parts);
  for (const look of [...LOOKS].reverse()) {
    const counts = byLook.get(look);
    if (counts === undefined) continue;
    context.fillStyle = resolveColour(fillOf(look), canvas.parentElement ?? document.body);
    paintLook(context, counts, filled, { height, most, least: isTrouble(look) ? 5 : 2 });
  }
}

function paintLook(
  context: CanvasRenderingContext2D,
  counts: Float32Array,
  filled: Float32Array,
  { height, most, least }: { height: number; most: number; least: number },
): void {
  for (let part = 0; part < counts.length; part += 1) {
    const count = counts[part] ?? 0;
    if (count <= 0) continue;
    const tall = Math.max(least, (count / most) * (height - 4));
    const below = filled[part] ?? 0;
    context.fillRect(part * 2, Math.max(0, height - below - tall), 2, tall);
    filled[part] = below + tall;
  }
}
