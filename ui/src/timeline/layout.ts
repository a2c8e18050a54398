/**
 * From columns to the rows of a timeline: which lines there are, in what order, folded or not.
 *
 * All runs of a task make one group. A group of one is shown as that run; a bigger one is one
 * row with counts, and opens to a row for each run. A nested flow run opens to the rows of its
 * own timeline. Nothing here knows of pixels or of time.
 */

import { isTrouble, type Look, rankOf } from "./looks";
import { countLooks, type TimelineModel } from "./model";

/** All runs of one task, or of one nested flow, in a flow run. */
export interface Group {
  readonly key: string;
  readonly name: string;
  readonly model: TimelineModel;
  /** Indexes of its runs, in the order of their calls. */
  readonly members: readonly number[];
  /** How many there are, also where only some are shown. */
  readonly total: number;
  readonly counts: readonly (readonly [Look, number])[];
  /** The look that tells most. */
  readonly look: Look;
}

/** A line of the timeline. */
export interface Row {
  /** Of a run the id that the server knows it by; of a group one of its own. */
  readonly id: string;
  readonly kind: "group" | "run";
  readonly depth: number;
  readonly group: Group;
  /** Index of the run; -1 for a group. */
  readonly index: number;
  readonly canOpen: boolean;
  readonly isOpen: boolean;
}

/** What is to be shown. */
export interface View {
  /** Ids of the rows that are open. */
  readonly open: ReadonlySet<string>;
  readonly failedOnly: boolean;
  /** Names of the tasks to show; none: all. */
  readonly tasks: ReadonlySet<string>;
  /** Timelines of nested flow runs that are here already, by their id. */
  readonly nested: ReadonlyMap<string, TimelineModel>;
}

/** Put the runs of a flow run into groups, in the order of their first calls. */
export function groupRuns(model: TimelineModel): Group[] {
  const members = new Map<number, number[]>();
  for (let index = 0; index < model.size; index += 1) {
    if (!model.has(index)) continue;
    // A nested flow may be called like a task: they are told apart by the sign.
    const name = model.name[index] ?? 0;
    const key = model.nested.has(index) ? -1 - name : name;
    const list = members.get(key);
    if (list === undefined) members.set(key, [index]);
    else list.push(index);
  }
  return [...members].map(([key, list]) => groupOf(model, key, list));
}

function groupOf(model: TimelineModel, key: number, members: readonly number[]): Group {
  const isFlow = key < 0;
  const name = model.names[isFlow ? -1 - key : key] ?? "";
  const counts = countLooks(model, members);
  return {
    key: `${model.flowRunId}/${isFlow ? "flow" : "task"}/${name}`,
    name,
    model,
    members,
    total: members.length,
    counts,
    look: counts[0]?.[0] ?? "pending",
  };
}

/** Give the rows of a timeline, from top to bottom. */
export function layoutRows(groups: readonly Group[], view: View): Row[] {
  const rows: Row[] = [];
  addGroups(rows, groups, view, 0, view.tasks);
  return rows;
}

function addGroups(
  rows: Row[],
  groups: readonly Group[],
  view: View,
  depth: number,
  tasks: ReadonlySet<string>,
): void {
  for (const group of groups) {
    if (tasks.size > 0 && !tasks.has(group.name)) continue;
    const shown = view.failedOnly ? onlyTrouble(group) : group;
    if (shown === undefined) continue;
    const only = shown.members[0];
    if (group.members.length === 1 && only !== undefined) {
      addRun(rows, shown, only, view, depth);
      continue;
    }
    const isOpen = view.open.has(shown.key);
    rows.push({
      id: shown.key,
      kind: "group",
      depth,
      group: shown,
      index: -1,
      canOpen: true,
      isOpen,
    });
    if (!isOpen) continue;
    for (const index of shown.members) addRun(rows, shown, index, view, depth + 1);
  }
}

function addRun(rows: Row[], group: Group, index: number, view: View, depth: number): void {
  const flowRunId = group.model.nested.get(index);
  const id = group.model.idAt(index);
  const canOpen = flowRunId !== undefined;
  const isOpen = canOpen && view.open.has(id);
  rows.push({ id, kind: "run", depth, group, index, canOpen, isOpen });
  const model = isOpen ? view.nested.get(id) : undefined;
  // Chosen tasks are tasks of the outer run: what is nested in it is shown whole.
  if (model !== undefined) addGroups(rows, groupRuns(model), view, depth + 1, new Set());
}

function onlyTrouble(group: Group): Group | undefined {
  if (!isTrouble(group.look)) return undefined;
  const members = group.members.filter((index) => isTrouble(group.model.lookAt(index)));
  const counts = group.counts.filter(([look]) => isTrouble(look));
  return members.length === 0 ? undefined : { ...group, members, counts };
}

/** Say in words how the runs of a group stand: `7 completed, 1 failed`. */
export function countsInWords(counts: Group["counts"]): string {
  return [...counts]
    .sort(([one], [other]) => rankOf(one) - rankOf(other))
    .map(([look, count]) => `${count.toLocaleString("en")} ${look}`)
    .join(", ");
}
