import { Check } from "lucide-react";
import type { ReactNode } from "react";
import {
  Menu as AriaMenu,
  MenuItem as AriaMenuItem,
  MenuTrigger,
  Popover,
  Separator,
} from "react-aria-components";

type MenuProps = {
  /** The button that opens it. */
  trigger: ReactNode;
  label: string;
  children: ReactNode;
  onOpenChange?: (isOpen: boolean) => void;
};

/** A button with a menu below it. */
export function Menu({ trigger, label, children, onOpenChange }: MenuProps) {
  return (
    <MenuTrigger {...(onOpenChange === undefined ? {} : { onOpenChange })}>
      {trigger}
      <Popover placement="bottom end" offset={4} className="pop min-w-44 outline-none">
        <AriaMenu aria-label={label} className="max-h-[60vh] overflow-y-auto p-1 outline-none">
          {children}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}

type ItemProps = {
  onAction?: () => void;
  href?: string;
  icon?: ReactNode;
  isChosen?: boolean;
  isDanger?: boolean;
  isDisabled?: boolean;
  /** What is read out, where the children are more than text. */
  text?: string;
  children: ReactNode;
};

export function MenuItem(props: ItemProps) {
  const { onAction, href, icon, isChosen, isDanger = false, isDisabled, text, children } = props;
  return (
    <AriaMenuItem
      {...(onAction === undefined ? {} : { onAction })}
      {...(href === undefined ? {} : { href })}
      {...(isDisabled === undefined ? {} : { isDisabled })}
      {...(text === undefined ? {} : { textValue: text })}
      className={`flex cursor-pointer items-center gap-2 rounded-sm px-2 py-1.5 text-sm outline-none data-[disabled]:cursor-not-allowed data-[disabled]:opacity-50 data-[focused]:bg-selected ${isDanger ? "text-failed" : ""}`}
    >
      {icon}
      <span className="min-w-0 flex-1 truncate">{children}</span>
      {isChosen === true && <Check size={14} aria-label="chosen" className="text-accent" />}
    </AriaMenuItem>
  );
}

export function MenuLine() {
  return <Separator className="my-1 h-px bg-line" />;
}
