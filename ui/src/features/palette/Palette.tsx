import { Search } from "lucide-react";
import { type KeyboardEvent, useDeferredValue, useEffect, useRef, useState } from "react";
import { Dialog as AriaDialog, Modal, ModalOverlay } from "react-aria-components";
import { type Entry, useEntries } from "@/features/palette/entries";

type Props = { onClose: () => void; onKeys: () => void };

const PAUSE = 120;

/** Finds runs, flows, artifacts and pages, and does what has a name. */
export default function Palette({ onClose, onKeys }: Props) {
  return (
    <ModalOverlay
      isOpen
      isDismissable
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose();
      }}
      className="fixed inset-0 z-40 flex items-start justify-center bg-veil p-4 pt-[10vh]"
    >
      <Modal className="pop w-full max-w-xl overflow-hidden">
        <AriaDialog aria-label="Search and commands" className="outline-none">
          <Finder onClose={onClose} onKeys={onKeys} />
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

/** Waits until the typing pauses: each text is a question to the server. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  return useDeferredValue(settled);
}

function Finder({ onClose, onKeys }: Props) {
  const [text, setText] = useState("");
  const [place, setPlace] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const settled = useSettled(text);
  const { entries, isWhole } = useEntries(settled, onKeys);
  const isReady = isWhole && settled === text;
  const [isWaiting, setIsWaiting] = useState(false);
  const at = Math.min(place, Math.max(0, entries.length - 1));
  const current = entries[at];
  useEffect(() => {
    list.current?.children[at]?.scrollIntoView({ block: "nearest" });
  }, [at]);
  const choose = (entry: Entry | undefined) => {
    if (entry === undefined) return;
    onClose();
    entry.act();
  };
  useEffect(() => {
    if (!(isWaiting && isReady)) return;
    setIsWaiting(false);
    choose(current);
  });
  const press = (event: KeyboardEvent) => {
    // Pressed before the answer to the last letter is there, it means the first of that answer.
    if (event.key === "Enter") isReady ? choose(current) : setIsWaiting(true);
    else if (event.key === "ArrowDown") setPlace((at + 1) % Math.max(1, entries.length));
    else if (event.key === "ArrowUp")
      setPlace((at - 1 + entries.length) % Math.max(1, entries.length));
    else return;
    event.preventDefault();
  };
  return (
    <>
      <div className="flex items-center gap-2.5 border-b border-line px-4">
        <Search size={16} aria-hidden className="shrink-0 text-muted" />
        <input
          // biome-ignore lint/a11y/noAutofocus: the palette is opened to type
          autoFocus
          role="combobox"
          aria-label="Search runs, flows, artifacts and actions"
          aria-expanded
          aria-controls="palette-list"
          aria-activedescendant={current === undefined ? undefined : `palette-${at}`}
          aria-autocomplete="list"
          placeholder="Run, flow, artifact, page or action"
          autoComplete="off"
          spellCheck={false}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setPlace(0);
            setIsWaiting(false);
          }}
          onKeyDown={press}
          className="h-12 w-full bg-transparent text-base outline-none placeholder:text-muted"
        />
        <kbd className="rounded-sm border border-line px-1 text-[11px] leading-4 text-muted">
          Esc
        </kbd>
      </div>
      <div
        ref={list}
        id="palette-list"
        role="listbox"
        aria-label="Found"
        className="max-h-[52vh] overflow-y-auto p-1.5"
      >
        {entries.map((entry, index) => (
          <Option
            key={entry.id}
            entry={entry}
            index={index}
            isCurrent={index === at}
            isFirst={entries[index - 1]?.group !== entry.group}
            onChoose={() => choose(entry)}
            onPoint={() => setPlace(index)}
          />
        ))}
        {entries.length === 0 && <p className="px-3 py-4 text-sm text-muted">Nothing found.</p>}
      </div>
    </>
  );
}

type OptionProps = {
  entry: Entry;
  index: number;
  isCurrent: boolean;
  /** Of its group: the group's name stands above it. */
  isFirst: boolean;
  onChoose: () => void;
  onPoint: () => void;
};

function Option({ entry, index, isCurrent, isFirst, onChoose, onPoint }: OptionProps) {
  const { group, icon, label, hint } = entry;
  return (
    <div
      id={`palette-${index}`}
      role="option"
      tabIndex={-1}
      aria-selected={isCurrent}
      onPointerMove={onPoint}
      onClick={onChoose}
      onKeyDown={(event) => {
        if (event.key === "Enter") onChoose();
      }}
      className="cursor-pointer"
    >
      {isFirst && (
        <div aria-hidden className="px-2.5 pt-2 pb-1 text-xs text-muted">
          {group}
        </div>
      )}
      <div
        className={`flex h-8 items-center gap-2.5 rounded-md px-2.5 text-sm ${isCurrent ? "bg-selected" : ""}`}
      >
        <span className="flex w-4 shrink-0 justify-center text-muted">{icon}</span>
        <span className="min-w-0 flex-1 truncate">{label}</span>
        {hint !== undefined && <span className="shrink-0 truncate text-xs text-muted">{hint}</span>}
      </div>
    </div>
  );
}
