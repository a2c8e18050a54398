import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { feedCache, patchHome } from "@/api/cache";
import type { Changes } from "@/api/changes";
import type { Listener } from "@/api/live";
import { KEYS } from "@/api/queries";
import type { FlowRun, Home } from "@/api/types";

const listeners = new Set<Listener>();

function listen(listener: Listener): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const run = (id: string, state_type: string) => ({ id, state_type }) as FlowRun;

function tell(changes: Partial<Changes>): void {
  const whole = { artifacts: false, cursor: 1, flow_runs: [], more: false, run: null, ...changes };
  for (const listener of listeners) listener(whole);
}

function countAsked(client: QueryClient): () => number {
  const spy = vi.spyOn(client, "invalidateQueries");
  return () => spy.mock.calls.filter(([what]) => what?.queryKey?.[0] === KEYS.home).length;
}

test("Home is asked for when runs or artifacts change, and once a second for both", () => {
  const client = new QueryClient();
  const asked = countAsked(client);
  const stop = feedCache(client, listen);

  tell({ flow_runs: [run("a", "RUNNING")] });
  expect(asked()).toBe(1);
  for (let tick = 0; tick < 30; tick++) {
    vi.advanceTimersByTime(100);
    tell({ artifacts: true });
    tell({ flow_runs: [run("a", "RUNNING")] });
  }
  expect(asked()).toBe(4);
  vi.advanceTimersByTime(5_000);
  expect(asked()).toBe(5);
  tell({ artifacts: true });
  expect(asked()).toBe(6);
  stop();
});

test("a run that Home shows is put in its place, and what shows none of them is left alone", () => {
  const page = (...items: FlowRun[]) => ({
    items,
    next_cursor: null,
    total: items.length,
    total_is_exact: true,
  });
  const home = { active: page(run("a", "RUNNING")), trouble: page(run("b", "FAILED")) } as Home;

  const next = patchHome(home, new Map([["a", run("a", "COMPLETED")]]));
  expect(next.active.items[0]?.state_type).toBe("COMPLETED");
  expect(next.trouble).toBe(home.trouble);
  expect(patchHome(home, new Map([["c", run("c", "FAILED")]]))).toBe(home);
});
