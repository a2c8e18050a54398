/** A row of the timeline in words: for the tooltip and for those who listen instead of looking. */

import { sayState } from "@/design/StateBadge";
import { duration } from "@/models/duration";
import { spanOf, spanOfGroup } from "@/timeline/bars";
import { countsInWords, type Row } from "@/timeline/layout";
import type { TimelineModel } from "@/timeline/model";

const MICRO = 1e-6;

/** Give the name a row goes by. */
export function nameOf(row: Row): string {
  if (row.kind === "group") return row.group.name;
  const { model, members } = row.group;
  if (model.nested.has(row.index)) return `${row.group.name} · ${model.labelAt(row.index)}`;
  const isAlone = members.length === 1 && row.depth === 0;
  if (isAlone && !model.runNames.has(row.index)) return row.group.name;
  return model.labelAt(row.index);
}

/** Say whether a row is a nested flow run, or a group of them. */
export function isFlow(row: Row): boolean {
  const index = row.kind === "run" ? row.index : (row.group.members[0] ?? -1);
  return row.group.model.nested.has(index);
}

/** Give how long what is in a row took, from its first start to its last end, in seconds. */
export function secondsOf(row: Row, now: number): number {
  const { model } = row.group;
  if (row.kind === "run") {
    const start = model.start[row.index] ?? Number.NaN;
    const end = model.end[row.index] ?? Number.NaN;
    if (Number.isNaN(start)) return Number.NaN;
    return Math.max(0, (Number.isNaN(end) ? now : end) - start) * MICRO;
  }
  const [from, to] = spanOfGroup(row.group, now);
  return (to - from) * MICRO;
}

/** One line of what is told about a row. */
export interface Fact {
  readonly name: string;
  readonly value: string;
}

/** Tell what is known of a row. */
export function factsOf(row: Row, origin: number, now: number): Fact[] {
  const { model } = row.group;
  if (row.kind === "group") {
    const [from] = spanOfGroup(row.group, now);
    return [
      { name: "runs", value: countsInWords(row.group.counts) },
      { name: "began", value: sinceOrigin(from, origin) },
      { name: "took", value: duration(secondsOf(row, now)) },
    ];
  }
  const created = model.created[row.index] ?? Number.NaN;
  const start = model.start[row.index] ?? Number.NaN;
  const facts: Fact[] = [{ name: "state", value: stateName(model, row.index) }];
  const message = model.messages.get(row.index);
  if (message !== undefined) facts.push({ name: "error", value: firstLine(message) });
  if (!Number.isNaN(start)) {
    facts.push({ name: "began", value: sinceOrigin(start, origin) });
    facts.push({ name: "took", value: duration(secondsOf(row, now)) });
    const waited = (start - created) * MICRO;
    const isFirst = (model.attempt[row.index] ?? 1) <= 1;
    if (isFirst && waited > 0.001) facts.push({ name: "waited", value: duration(waited) });
  } else {
    facts.push({ name: "called", value: sinceOrigin(spanOf(model, row.index, now)[0], origin) });
  }
  const attempt = model.attempt[row.index] ?? 1;
  if (attempt > 1) facts.push({ name: "attempt", value: String(attempt) });
  return facts;
}

/** Give the name of a run's state, as people read it. */
export function stateName(model: TimelineModel, index: number): string {
  const [type = "", name = ""] = (model.states[model.state[index] ?? 0] ?? "").split("/");
  return sayState(name || type);
}

function sinceOrigin(instant: number, origin: number): string {
  const seconds = (instant - origin) * MICRO;
  return seconds < 0.0005 ? "at once" : `after ${duration(seconds)}`;
}

function firstLine(text: string): string {
  const [line = ""] = text.split("\n");
  return line.length > 160 ? `${line.slice(0, 160)}…` : line;
}
