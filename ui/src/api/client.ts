/**
 * The one way to the server: typed by its OpenAPI document. Nothing else in the page fetches.
 *
 * All addresses hang on the page's `<base>`, so that it works below any path.
 */

import createClient, { type Middleware } from "openapi-fetch";
import { ApiProblem, Unreachable } from "@/api/problem";
import type { paths } from "@/api/schema";
import type { Problem } from "@/api/types";
import { reloadRarely } from "@/models/reload";

/** The address of a path below the server's base; `path` has no slash in front. */
export function urlOf(path: string): string {
  return new URL(path, document.baseURI).href;
}

/**
 * The address of an artifact's bytes: to be shown in the page, or to be kept as a file. HTML and SVG
 * are shown only when it is asked for in so many words.
 */
export function contentUrl(url: string, how: "inline" | "download"): string {
  return `${urlOf(url)}?${how}=true`;
}

/** What parameters of a query may be: lists repeat their name, what is null is left out. */
type Words = Record<string, unknown>;

/** Write a query as the server reads it. */
export function queryString(words: Words): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(words)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== "") pairs.append(name, String(one));
    }
  }
  return pairs.toString();
}

async function callFetch(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Unreachable(error);
  }
}

const throwProblems: Middleware = {
  async onResponse({ response }) {
    if (response.ok) return undefined;
    const isJson = response.headers.get("content-type")?.includes("json") ?? false;
    const problem = isJson ? ((await response.json()) as Problem) : null;
    // A proxy whose server is away answers for it.
    if (!isJson && [502, 503, 504].includes(response.status))
      throw new Unreachable(response.status);
    // The session is over, or the server has a key since: its page to log in comes instead of ours.
    if (response.status === 401) reloadRarely();
    throw new ApiProblem(response.status, problem);
  },
};

/** Make a client for the server at `baseUrl`; the page has one, tests have their own. */
export function makeClient(baseUrl: string) {
  const client = createClient<paths>({
    baseUrl,
    fetch: callFetch,
    querySerializer: queryString,
  });
  client.use(throwProblems);
  return client;
}

export const api = makeClient(urlOf(".").replace(/\/$/, ""));

/** Give the data of an answer: what is not data has been thrown. */
export async function dataOf<T>(answer: Promise<{ data?: T; error?: unknown }>): Promise<T> {
  const { data } = await answer;
  return data as T;
}
