import fc from "fast-check";
import { expect, test } from "vitest";
import { arrange, NODE_HEIGHT, NODE_WIDTH } from "./arrange";

test("what is used stands left of what uses it", () => {
  const places = arrange({
    nodes: ["load", "clean", "test", "report"],
    edges: [
      ["load", "clean"],
      ["clean", "test"],
      ["clean", "report"],
      ["test", "report"],
    ],
  });
  const left = (id: string) => places[id]?.[0] ?? Number.NaN;
  expect(left("load")).toBeLessThan(left("clean"));
  expect(left("clean")).toBeLessThan(left("test"));
  expect(left("test")).toBeLessThan(left("report"));
});

test("nodes never lie on one another, also where edges go in circles or nowhere", () => {
  const ids = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { maxLength: 12 });
  const shape = ids.chain((nodes) =>
    fc.record({
      nodes: fc.constant(nodes),
      edges: fc.array(
        fc.tuple(fc.constantFrom(...nodes, "gone"), fc.constantFrom(...nodes, "gone")),
        { maxLength: 20 },
      ),
    }),
  );
  fc.assert(
    fc.property(shape, (graph) => {
      const places = Object.values(arrange(graph));
      expect(places).toHaveLength(graph.nodes.length);
      places.forEach(([x, y], one) => {
        for (const [otherX, otherY] of places.slice(one + 1)) {
          const isApart =
            Math.abs(x - otherX) >= NODE_WIDTH - 1 || Math.abs(y - otherY) >= NODE_HEIGHT - 1;
          expect(isApart).toBe(true);
        }
      });
    }),
    { numRuns: 50 },
  );
});
