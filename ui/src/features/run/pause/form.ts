/**
 * The fields of what a paused run asks for, made from its JSON schema.
 *
 * Simple fields have simple inputs; what is anything else is written as JSON. The last word on
 * whether an answer is right has the server.
 */

/** How a field is entered. */
export type FieldKind =
  | "text"
  | "long"
  | "number"
  | "whole"
  | "flag"
  | "choice"
  | "date"
  | "datetime"
  | "json";

export interface Field {
  /** Null: the answer itself is the value, it has no fields. */
  readonly name: string | null;
  readonly title: string;
  readonly description: string | null;
  readonly kind: FieldKind;
  readonly choices: readonly unknown[];
  readonly isRequired: boolean;
  readonly initial: string;
}

type Schema = Readonly<Record<string, unknown>>;

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Follow a reference within the schema, and take the null out of what may be left out. */
function resolve(schema: Schema, whole: Schema): { schema: Schema; isOptional: boolean } {
  let at = schema;
  let isOptional = false;
  for (let turn = 0; turn < 20; turn += 1) {
    if (typeof at.$ref === "string") {
      const found = at.$ref
        .replace(/^#\//, "")
        .split("/")
        .reduce<unknown>((place, part) => (isSchema(place) ? place[part] : undefined), whole);
      at = isSchema(found) ? { ...found, ...without(at, "$ref") } : {};
      continue;
    }
    const options = Array.isArray(at.anyOf) ? at.anyOf.filter(isSchema) : [];
    const real = options.filter((option) => option.type !== "null");
    const [only] = real;
    if (options.length === 0 || real.length !== 1 || only === undefined) break;
    isOptional ||= real.length < options.length;
    at = { ...only, ...without(at, "anyOf") };
  }
  return { schema: at, isOptional };
}

function without(schema: Schema, word: string): Schema {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== word));
}

/** Give the fields to be filled in. */
export function fieldsOf(form: Schema): Field[] {
  const { schema } = resolve(form, form);
  const { properties } = schema;
  if (!isSchema(properties)) return [fieldOf(null, form, form, true)];
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  return Object.entries(properties).map(([name, field]) =>
    fieldOf(name, isSchema(field) ? field : {}, form, required.has(name)),
  );
}

function fieldOf(name: string | null, field: Schema, form: Schema, isRequired: boolean): Field {
  const { schema, isOptional } = resolve(field, form);
  const kind = kindOf(schema);
  return {
    name,
    title: name ?? (typeof schema.title === "string" ? schema.title : "Answer"),
    description: typeof schema.description === "string" ? schema.description : null,
    kind,
    choices: Array.isArray(schema.enum) ? schema.enum : "const" in schema ? [schema.const] : [],
    isRequired: isRequired && !isOptional,
    initial: initialOf(schema.default, kind),
  };
}

function kindOf(schema: Schema): FieldKind {
  if (Array.isArray(schema.enum) || "const" in schema) return "choice";
  if (schema.type === "boolean") return "flag";
  if (schema.type === "integer") return "whole";
  if (schema.type === "number") return "number";
  if (schema.type !== "string") return "json";
  if (schema.format === "date") return "date";
  if (schema.format === "date-time") return "datetime";
  return typeof schema.maxLength === "number" && schema.maxLength > 200 ? "long" : "text";
}

function initialOf(value: unknown, kind: FieldKind): string {
  if (value === undefined || value === null) return kind === "flag" ? "false" : "";
  if (kind === "choice" || kind === "json") return JSON.stringify(value);
  return String(value);
}

/** An answer, or what is wrong with it, by the name of the field. */
export type Answer =
  | { readonly isRight: true; readonly value: unknown }
  | { readonly isRight: false; readonly wrong: Readonly<Record<string, string>> };

/** Make the answer out of what was entered. */
export function answerOf(
  fields: readonly Field[],
  entered: Readonly<Record<string, string>>,
): Answer {
  const value: Record<string, unknown> = {};
  const wrong: Record<string, string> = {};
  for (const field of fields) {
    const key = field.name ?? "";
    const text = entered[key] ?? field.initial;
    if (text === "" && field.kind !== "text" && field.kind !== "long") {
      if (field.isRequired) wrong[key] = "is needed";
      continue;
    }
    // Text that may be left out is left out when it is empty; text that is needed may be empty.
    if (text === "" && !field.isRequired) continue;
    const read = readField(field.kind, text);
    if (read.isRight) value[key] = read.value;
    else wrong[key] = read.wrong;
  }
  if (Object.keys(wrong).length > 0) return { isRight: false, wrong };
  const isBare = fields.length === 1 && fields[0]?.name === null;
  return { isRight: true, value: isBare ? value[""] : value };
}

type Read =
  | { readonly isRight: true; readonly value: unknown }
  | { readonly isRight: false; readonly wrong: string };

function readField(kind: FieldKind, text: string): Read {
  if (kind === "flag") return { isRight: true, value: text === "true" };
  if (kind === "whole" || kind === "number") {
    const number = Number(text);
    const isFine = text.trim() !== "" && Number.isFinite(number);
    if (!isFine) return { isRight: false, wrong: "is no number" };
    const isWhole = kind === "number" || Number.isInteger(number);
    return isWhole
      ? { isRight: true, value: number }
      : { isRight: false, wrong: "is no whole number" };
  }
  if (kind !== "json" && kind !== "choice") return { isRight: true, value: text };
  try {
    return { isRight: true, value: JSON.parse(text) as unknown };
  } catch {
    return { isRight: false, wrong: "is not JSON" };
  }
}
