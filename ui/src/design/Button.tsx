import type { ReactNode } from "react";
import { Button as AriaButton, type ButtonProps, type PressEvent } from "react-aria-components";

type Kind = "primary" | "plain" | "ghost" | "danger";

const LOOKS: Readonly<Record<Kind, string>> = {
  danger: "border-transparent bg-failed text-on-accent hover:opacity-90",
  ghost: "border-transparent text-muted hover:bg-hover hover:text-ink",
  plain: "border-line bg-panel text-ink hover:border-line-strong hover:bg-hover",
  primary: "border-transparent bg-accent text-on-accent hover:opacity-90",
};

const SHAPE =
  "inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md border text-sm font-medium " +
  "whitespace-nowrap transition-colors duration-100 disabled:opacity-50 disabled:cursor-not-allowed " +
  "pressed:translate-y-px data-[disabled]:opacity-50 [&_svg]:shrink-0";

/** The classes of a button, for links that look like one. */
export function buttonClass(kind: Kind = "plain", isSmall = false): string {
  return `${SHAPE} ${LOOKS[kind]} ${isSmall ? "h-7 px-2" : "h-8 px-3"}`;
}

type Props = Omit<ButtonProps, "className" | "style" | "children"> & {
  kind?: Kind;
  isSmall?: boolean;
  className?: string;
  children: ReactNode;
};

export function Button({ kind = "plain", isSmall = false, className = "", ...rest }: Props) {
  return <AriaButton {...rest} className={`${buttonClass(kind, isSmall)} ${className}`} />;
}

type IconProps = {
  label: string;
  onPress?: (event: PressEvent) => void;
  isSmall?: boolean;
  isOn?: boolean;
  isDisabled?: boolean;
  className?: string;
  children: ReactNode;
};

/** A button that is an icon; its label is read out, and shown on hover. */
export function IconButton({ label, isSmall = false, isOn, className = "", ...rest }: IconProps) {
  const size = isSmall ? "size-7" : "size-8";
  return (
    <span data-tip={label} className="inline-flex">
      <AriaButton
        {...rest}
        aria-label={label}
        {...(isOn === undefined ? {} : { "aria-pressed": isOn })}
        className={`${SHAPE} ${LOOKS.ghost} ${size} ${isOn ? "bg-selected text-ink" : ""} ${className}`}
      />
    </span>
  );
}
