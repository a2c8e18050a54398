/** What went wrong with a request, as an error that says it in words. */

import type { Problem } from "@/api/types";

/** The server answered, and the answer was no. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly type: string;
  readonly problem: Problem | null;

  constructor(status: number, problem: Problem | null) {
    super(problem?.detail ?? `The server answered ${status}.`);
    this.name = "ApiProblem";
    this.status = status;
    this.type = problem?.type ?? "unknown";
    this.problem = problem;
  }
}

/** The server did not answer at all. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super("The server cannot be reached.", { cause });
    this.name = "Unreachable";
  }
}

/** Say whether an error means that the thing asked for does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof ApiProblem && error.status === 404;
}
