/** A switch in a row of controls, with the key that switches it. */

import type { ReactNode } from "react";
import { ToggleButton } from "react-aria-components";

type Props = {
  isOn: boolean;
  onChange: (on: boolean) => void;
  hint?: string;
  isDisabled?: boolean;
  children: ReactNode;
};

export function Switcher({ isOn, onChange, hint, isDisabled = false, children }: Props) {
  return (
    <ToggleButton
      isSelected={isOn}
      onChange={onChange}
      isDisabled={isDisabled}
      className={`inline-flex h-7 shrink-0 items-center gap-1.5 rounded-md border px-2 text-sm whitespace-nowrap data-[disabled]:opacity-50 ${
        isOn
          ? "border-accent bg-accent-ground text-ink"
          : "border-line bg-panel text-muted hover:border-line-strong hover:text-ink"
      }`}
    >
      {children}
      {hint === undefined ? null : <Key>{hint}</Key>}
    </ToggleButton>
  );
}

/** A key, as it stands on the keyboard. */
export function Key({ children }: { children: ReactNode }) {
  return (
    <kbd className="rounded-sm border border-line px-1 text-[11px] leading-4 text-muted max-md:hidden">
      {children}
    </kbd>
  );
}
