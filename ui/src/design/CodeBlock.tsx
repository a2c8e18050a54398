import { Check, Copy } from "lucide-react";
import { IconButton } from "@/design/Button";
import { useCopy } from "@/design/copy";

/** A button that copies a text. */
export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  const { copy, isCopied } = useCopy();
  return (
    <IconButton label={isCopied ? "Copied" : label} isSmall onPress={() => copy(text)}>
      {isCopied ? <Check size={14} className="text-completed" /> : <Copy size={14} />}
    </IconButton>
  );
}

type Props = {
  code: string;
  /** What it is: a file's name, `Traceback`, … */
  title?: string;
  className?: string;
};

/** Code as it is, with a button that copies it. */
export function CodeBlock({ code, title, className = "" }: Props) {
  return (
    <figure
      className={`overflow-hidden rounded-md border border-line bg-panel text-ink ${className}`}
    >
      <figcaption className="flex items-center justify-between border-b border-line py-0.5 pr-1 pl-3">
        <span className="font-mono text-xs text-muted">{title ?? ""}</span>
        <CopyButton text={code} />
      </figcaption>
      <pre
        // It scrolls, so the keyboard must be able to reach it.
        // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
        tabIndex={0}
        className="max-h-[60vh] overflow-auto px-3 py-2.5 text-left outline-offset-[-2px]"
      >
        <code>{code}</code>
      </pre>
    </figure>
  );
}

/** A short text in the middle of a line, that can be copied: an id, a command. */
export function Copyable({ text, shown }: { text: string; shown?: string }) {
  return (
    <span className="inline-flex min-w-0 items-center gap-0.5">
      <code className="truncate">{shown ?? text}</code>
      <CopyButton text={text} />
    </span>
  );
}
