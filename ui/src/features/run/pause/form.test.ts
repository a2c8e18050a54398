import fc from "fast-check";
import { expect, test } from "vitest";
import { answerOf, fieldsOf } from "./form";

const APPROVAL = {
  title: "Approval",
  type: "object",
  required: ["approve", "level"],
  properties: {
    approve: { title: "Approve", type: "boolean", description: "Go ahead?" },
    level: { $ref: "#/$defs/Level" },
    day: { anyOf: [{ type: "string", format: "date" }, { type: "null" }], default: null },
    note: { type: "string", default: "none" },
    count: { type: "integer" },
    options: { type: "object", additionalProperties: true },
  },
  $defs: { Level: { enum: ["low", "high"], type: "string" } },
};

test("each field has the input that fits it", () => {
  expect(fieldsOf(APPROVAL).map((field) => [field.name, field.kind, field.isRequired])).toEqual([
    ["approve", "flag", true],
    ["level", "choice", true],
    ["day", "date", false],
    ["note", "text", false],
    ["count", "whole", false],
    ["options", "json", false],
  ]);
});

test("what was entered becomes the answer, and what is empty is left out", () => {
  const fields = fieldsOf(APPROVAL);
  expect(answerOf(fields, { approve: "true", level: '"high"', count: "3", note: "" })).toEqual({
    isRight: true,
    value: { approve: true, level: "high", count: 3 },
  });
  expect(answerOf(fields, { count: "3.5", options: "{" })).toEqual({
    isRight: false,
    wrong: { level: "is needed", count: "is no whole number", options: "is not JSON" },
  });
});

test("what has no fields is one value", () => {
  const fields = fieldsOf({ type: "integer" });
  expect(fields).toHaveLength(1);
  expect(answerOf(fields, { "": "42" })).toEqual({ isRight: true, value: 42 });
});

test("any schema gives fields, also one that refers to itself", () => {
  expect(fieldsOf({ $ref: "#/$defs/A", $defs: { A: { $ref: "#/$defs/A" } } })).toHaveLength(1);
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom("type", "anyOf", "$ref", "properties", "enum"), fc.anything()),
      (schema) => {
        expect(() => fieldsOf(schema)).not.toThrow();
      },
    ),
  );
});
