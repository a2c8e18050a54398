/**
 * The task runs of one flow run in columns, kept up by deltas.
 *
 * Ten thousand runs change while one looks at them, so nothing here is an object per run:
 * column `x[index]` belongs to the run of that index. Instants are microseconds; one that is
 * not known is NaN. What is drawn from it lives in `layout.ts` and `bars.ts`.
 */

import { type Look, lookOfPair, rankOf } from "./looks";

/** Start and end of an attempt; null: it has not ended. */
export type Attempt = readonly (number | null)[];

/** A timeline as the server gives it. */
export interface Columns {
  readonly cursor: number;
  readonly is_delta: boolean;
  readonly now: number;
  readonly names: readonly string[];
  readonly states: readonly string[];
  readonly index: readonly number[];
  readonly name: readonly number[];
  readonly run_name: readonly (string | null)[];
  readonly state: readonly number[];
  readonly created: readonly number[];
  readonly start: readonly (number | null)[];
  readonly end: readonly (number | null)[];
  readonly attempt: readonly number[];
  readonly parent: readonly (number | null)[];
  readonly flow_run_id: readonly (string | null)[];
  readonly attempts: Readonly<Record<string, readonly Attempt[]>>;
  readonly upstreams: Readonly<Record<string, readonly number[]>>;
  readonly messages: Readonly<Record<string, string>>;
}

const NOT_THERE = -1;

/** The runs of a flow run, by index. */
export class TimelineModel {
  readonly flowRunId: string;
  /** Highest index and one; an index below it may be missing. */
  size = 0;
  /** How many runs there are. */
  count = 0;
  cursor = 0;
  now = 0;
  /** Grows with each merge: what was computed from an older one is out of date. */
  version = 0;
  readonly names: string[] = [];
  readonly states: string[] = [];
  readonly looks: Look[] = [];
  readonly runNames = new Map<number, string>();
  readonly nested = new Map<number, string>();
  readonly attempts = new Map<number, readonly Attempt[]>();
  readonly upstreams = new Map<number, readonly number[]>();
  readonly messages = new Map<number, string>();
  name = new Int32Array(0);
  state = new Int32Array(0);
  attempt = new Int32Array(0);
  parent = new Int32Array(0);
  created = new Float64Array(0);
  start = new Float64Array(0);
  end = new Float64Array(0);

  private readonly nameIds = new Map<string, number>();
  private readonly stateIds = new Map<string, number>();

  constructor(flowRunId: string) {
    this.flowRunId = flowRunId;
  }

  /** Say whether there is a run of that index. */
  has(index: number): boolean {
    return index >= 0 && index < this.size && this.name[index] !== NOT_THERE;
  }

  /** Give the look of a run's state. */
  lookAt(index: number): Look {
    return this.looks[this.state[index] ?? 0] ?? "pending";
  }

  /** Give the name of a run's task. */
  taskAt(index: number): string {
    return this.names[this.name[index] ?? 0] ?? "";
  }

  /** Give a run's own name. */
  labelAt(index: number): string {
    return this.runNames.get(index) ?? `${this.taskAt(index)}-${index}`;
  }

  /** Give the id under which the server knows the run. */
  idAt(index: number): string {
    return this.nested.get(index) ?? `${this.flowRunId}-${index}`;
  }

  /** Find a run by its id. */
  indexOf(id: string): number | undefined {
    const prefix = `${this.flowRunId}-`;
    if (id.startsWith(prefix)) {
      const index = Number(id.slice(prefix.length));
      return this.has(index) ? index : undefined;
    }
    for (const [index, flowRunId] of this.nested) {
      if (flowRunId === id) return index;
    }
    return undefined;
  }

  /** Put in what the server said: everything anew, or what has changed. */
  merge(columns: Columns): void {
    if (!columns.is_delta) this.clear();
    else if (columns.cursor < this.cursor) return; // an older answer that came late
    const names = columns.names.map((name) => this.nameId(name));
    const states = columns.states.map((state) => this.stateId(state));
    this.reserve(columns.index.reduce((most, index) => Math.max(most, index + 1), this.size));
    for (let place = 0; place < columns.index.length; place += 1) {
      this.put(columns, place, names, states);
    }
    this.cursor = columns.cursor;
    this.now = columns.now;
    this.version += 1;
  }

  private put(
    columns: Columns,
    place: number,
    names: readonly number[],
    states: readonly number[],
  ): void {
    const index = columns.index[place] ?? 0;
    if (this.name[index] === NOT_THERE) this.count += 1;
    this.name[index] = names[columns.name[place] ?? 0] ?? 0;
    this.state[index] = states[columns.state[place] ?? 0] ?? 0;
    this.attempt[index] = columns.attempt[place] ?? 1;
    this.parent[index] = columns.parent[place] ?? NOT_THERE;
    this.created[index] = columns.created[place] ?? Number.NaN;
    this.start[index] = columns.start[place] ?? Number.NaN;
    this.end[index] = columns.end[place] ?? Number.NaN;
    setOrDelete(this.runNames, index, columns.run_name[place]);
    setOrDelete(this.nested, index, columns.flow_run_id[place]);
    setOrDelete(this.attempts, index, columns.attempts[index]);
    setOrDelete(this.upstreams, index, columns.upstreams[index]);
    setOrDelete(this.messages, index, columns.messages[index]);
  }

  private clear(): void {
    this.size = 0;
    this.count = 0;
    const maps = [this.runNames, this.nested, this.attempts, this.upstreams, this.messages];
    for (const map of maps) map.clear();
    this.name.fill(NOT_THERE);
  }

  private reserve(size: number): void {
    if (size > this.name.length) {
      const room = Math.max(64, 2 ** Math.ceil(Math.log2(size)));
      const had = this.name.length;
      this.name = grown(this.name, new Int32Array(room)).fill(NOT_THERE, had);
      this.state = grown(this.state, new Int32Array(room));
      this.attempt = grown(this.attempt, new Int32Array(room));
      this.parent = grown(this.parent, new Int32Array(room));
      this.created = grown(this.created, new Float64Array(room));
      this.start = grown(this.start, new Float64Array(room));
      this.end = grown(this.end, new Float64Array(room));
    }
    this.size = size;
  }

  private nameId(name: string): number {
    return idIn(this.nameIds, this.names, name);
  }

  private stateId(state: string): number {
    const id = idIn(this.stateIds, this.states, state);
    this.looks[id] ??= lookOfPair(state);
    return id;
  }
}

/** Count runs by look, the most telling first. */
export function countLooks(
  model: TimelineModel,
  members: Iterable<number>,
): readonly (readonly [Look, number])[] {
  const counts = new Map<Look, number>();
  for (const index of members) {
    const look = model.lookAt(index);
    counts.set(look, (counts.get(look) ?? 0) + 1);
  }
  return [...counts].sort(([one], [other]) => rankOf(one) - rankOf(other));
}

function grown<T extends Int32Array | Float64Array>(old: T, bigger: T): T {
  bigger.set(old);
  return bigger;
}

function idIn(ids: Map<string, number>, words: string[], word: string): number {
  const known = ids.get(word);
  if (known !== undefined) return known;
  ids.set(word, words.length);
  return words.push(word) - 1;
}

function setOrDelete<V>(map: Map<number, V>, index: number, value: V | null | undefined): void {
  if (value === null || value === undefined) map.delete(index);
  else map.set(index, value);
}
