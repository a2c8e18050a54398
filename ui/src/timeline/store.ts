/**
 * The timelines of a flow run and of the runs nested in it, kept up while they change.
 *
 * What the server says is put in once per animation frame, however often it says something, and
 * whoever looks is told once. There is one question under way per flow run at most; if more has
 * changed meanwhile, another one follows.
 */

import { type Group, groupRuns } from "./layout";
import { type Columns, TimelineModel } from "./model";

/** Asks the server for a timeline, whole or from a cursor on. */
export type Ask = (flowRunId: string, after: number | null) => Promise<Columns>;

/** Calls back before the next picture is drawn. */
export type NextFrame = (draw: () => void) => void;

interface Question {
  isAsking: boolean;
  isStale: boolean;
}

/** All timelines that a run page shows. */
export class TimelineStore {
  readonly root: TimelineModel;
  readonly nested = new Map<string, TimelineModel>();
  /** Grows with every change: for `useSyncExternalStore`. */
  version = 0;
  groups: readonly Group[] = [];
  /** Why the last question failed; null: it did not. */
  error: Error | null = null;
  /** Whether the server has answered at all. */
  isThere = false;

  private readonly ask: Ask;
  private readonly nextFrame: NextFrame;
  private readonly listeners = new Set<() => void>();
  private readonly questions = new Map<string, Question>();
  private readonly waiting: [TimelineModel, Columns][] = [];
  private isDrawing = false;

  constructor(flowRunId: string, ask: Ask, nextFrame: NextFrame) {
    this.root = new TimelineModel(flowRunId);
    this.ask = ask;
    this.nextFrame = nextFrame;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly getVersion = (): number => this.version;

  /** Ask what has changed in a timeline; the outermost if none is named. */
  pull(flowRunId: string = this.root.flowRunId): void {
    const question = this.questions.get(flowRunId) ?? { isAsking: false, isStale: false };
    this.questions.set(flowRunId, question);
    if (question.isAsking) {
      question.isStale = true;
      return;
    }
    question.isAsking = true;
    void this.pullUntilFresh(flowRunId, question);
  }

  /** Have the timeline of a nested run too. */
  open(flowRunId: string): void {
    if (!this.nested.has(flowRunId)) this.pull(flowRunId);
  }

  /** Say when it is, on the server's clock: bars of what runs end there. */
  get now(): number {
    let now = this.root.now;
    for (const model of this.nested.values()) now = Math.max(now, model.now);
    return now;
  }

  private async pullUntilFresh(flowRunId: string, question: Question): Promise<void> {
    do {
      question.isStale = false;
      const model = this.modelOf(flowRunId);
      const after = model.version === 0 ? null : this.cursorOf(model);
      try {
        this.put(model, await this.ask(flowRunId, after));
        this.error = null;
      } catch (error) {
        this.error = error instanceof Error ? error : new Error(String(error));
        this.tell();
        break; // the next change asks again
      }
    } while (question.isStale);
    question.isAsking = false;
  }

  private modelOf(flowRunId: string): TimelineModel {
    if (flowRunId === this.root.flowRunId) return this.root;
    const known = this.nested.get(flowRunId);
    if (known !== undefined) return known;
    const model = new TimelineModel(flowRunId);
    this.nested.set(flowRunId, model);
    return model;
  }

  /** The newest cursor of a timeline, also if what came with it is not put in yet. */
  private cursorOf(model: TimelineModel): number {
    return this.waiting.reduce(
      (most, [owner, columns]) => (owner === model ? Math.max(most, columns.cursor) : most),
      model.cursor,
    );
  }

  private put(model: TimelineModel, columns: Columns): void {
    this.waiting.push([model, columns]);
    if (this.isDrawing) return;
    this.isDrawing = true;
    this.nextFrame(() => {
      this.isDrawing = false;
      this.draw();
    });
  }

  private draw(): void {
    let isRootNew = false;
    for (const [model, columns] of this.waiting.splice(0)) {
      const isNothing = columns.is_delta && columns.index.length === 0;
      model.merge(columns);
      isRootNew ||= model === this.root && !isNothing;
    }
    if (isRootNew || !this.isThere) this.groups = groupRuns(this.root);
    this.isThere = true;
    this.tell();
  }

  private tell(): void {
    this.version += 1;
    for (const listener of this.listeners) listener();
  }
}
