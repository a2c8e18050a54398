import type { ComponentProps, ReactNode } from "react";

const BOX =
  "h-8 rounded-md border border-line bg-panel px-2.5 text-sm text-ink placeholder:text-muted hover:border-line-strong";

/** A line of text to be entered. Give it an `aria-label`, or a `<label>`. */
export function TextInput({ className = "", ...rest }: ComponentProps<"input">) {
  return (
    <input
      type="text"
      autoComplete="off"
      autoCapitalize="off"
      spellCheck={false}
      {...rest}
      className={`${BOX} ${className}`}
    />
  );
}

/** One of several; the browser's own, which works everywhere and with any number. */
export function SelectInput({ className = "", children, ...rest }: ComponentProps<"select">) {
  return (
    <select {...rest} className={`${BOX} cursor-pointer pr-7 ${className}`}>
      {children}
    </select>
  );
}

type CheckProps = Omit<ComponentProps<"input">, "type">;

export function Checkbox({ className = "", ...rest }: CheckProps) {
  return (
    <input
      type="checkbox"
      {...rest}
      className={`size-3.5 cursor-pointer align-middle accent-(--accent) ${className}`}
    />
  );
}

type ChoiceProps<T extends string> = {
  label: string;
  options: readonly (readonly [T, ReactNode])[];
  chosen: T;
  onChoose: (value: T) => void;
};

/** A few words side by side, of which one is chosen. */
export function Choice<T extends string>({ label, options, chosen, onChoose }: ChoiceProps<T>) {
  return (
    <fieldset className="inline-flex rounded-md border border-line bg-page p-0.5">
      <legend className="sr-only">{label}</legend>
      {options.map(([value, text]) => (
        <label
          key={value}
          className="cursor-pointer rounded-sm px-2.5 py-1 text-sm text-muted has-checked:bg-selected has-checked:font-medium has-checked:text-ink has-focus-visible:outline-2 has-focus-visible:outline-accent"
        >
          <input
            type="radio"
            className="sr-only"
            name={label}
            value={value}
            checked={value === chosen}
            onChange={() => onChoose(value)}
          />
          {text}
        </label>
      ))}
    </fieldset>
  );
}
