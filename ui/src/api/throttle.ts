/** Does something soon, and not more often than asked: the first call at once, the last never lost. */

export class Throttle {
  readonly #act: () => void;
  readonly #pause: number;
  #last = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** `pause` is the least time between two acts, in milliseconds. */
  constructor(act: () => void, pause: number) {
    this.#act = act;
    this.#pause = pause;
  }

  call(): void {
    if (this.#timer !== null) return;
    const wait = this.#last + this.#pause - performance.now();
    if (wait <= 0) {
      this.#run();
    } else {
      this.#timer = setTimeout(() => this.#run(), wait);
    }
  }

  cancel(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #run(): void {
    this.#timer = null;
    this.#last = performance.now();
    this.#act();
  }
}
