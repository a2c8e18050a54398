/** One field of an answer. */

import { useId } from "react";
import type { Field, FieldKind } from "./form";

type Props = {
  field: Field;
  value: string;
  wrong: string | null;
  onChange: (value: string) => void;
};

const TYPES: Readonly<Partial<Record<FieldKind, string>>> = {
  date: "date",
  datetime: "datetime-local",
};

const BOX = "w-full rounded-md border border-line-strong bg-page px-2 text-sm";

export function PauseField({ field, value, wrong, onChange }: Props) {
  const id = useId();
  const about = `${id}-about`;
  const shared = {
    id,
    value,
    required: field.isRequired && field.kind !== "text" && field.kind !== "long",
    "aria-describedby": about,
    "aria-invalid": wrong !== null,
  };
  if (field.kind === "flag") {
    return (
      <div className="self-end">
        <label className="flex h-8 items-center gap-2" htmlFor={id}>
          <input
            id={id}
            type="checkbox"
            checked={value === "true"}
            aria-describedby={about}
            onChange={(event) => onChange(String(event.target.checked))}
            className="accent-accent"
          />
          {field.title}
        </label>
        <About id={about} field={field} wrong={wrong} />
      </div>
    );
  }
  return (
    <div className={field.kind === "json" || field.kind === "long" ? "sm:col-span-2" : ""}>
      <label htmlFor={id} className="block text-sm">
        {field.title}
        {field.isRequired ? "" : <span className="text-muted"> (may be left out)</span>}
      </label>
      {field.kind === "choice" ? (
        <select
          {...shared}
          onChange={(event) => onChange(event.target.value)}
          className={`${BOX} h-8`}
        >
          <option value="">choose…</option>
          {field.choices.map((choice) => (
            <option key={JSON.stringify(choice)} value={JSON.stringify(choice)}>
              {String(choice)}
            </option>
          ))}
        </select>
      ) : field.kind === "json" || field.kind === "long" ? (
        <textarea
          {...shared}
          rows={3}
          onChange={(event) => onChange(event.target.value)}
          className={`${BOX} py-1.5 font-mono text-xs`}
        />
      ) : (
        <input
          {...shared}
          type={TYPES[field.kind] ?? "text"}
          inputMode={field.kind === "whole" || field.kind === "number" ? "decimal" : undefined}
          onChange={(event) => onChange(event.target.value)}
          className={`${BOX} h-8`}
        />
      )}
      <About id={about} field={field} wrong={wrong} />
    </div>
  );
}

function About({ id, field, wrong }: { id: string; field: Field; wrong: string | null }) {
  return (
    <p id={id} className={`text-xs ${wrong === null ? "text-muted" : "text-failed"}`}>
      {wrong === null
        ? (field.description ?? (field.kind === "json" ? "as JSON" : ""))
        : `${field.title} ${wrong}`}
    </p>
  );
}
