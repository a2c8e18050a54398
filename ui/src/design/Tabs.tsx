import type { ReactNode } from "react";
import {
  Tab as AriaTab,
  TabPanel as AriaTabPanel,
  Tabs as AriaTabs,
  TabList,
} from "react-aria-components";

export type TabOf<T extends string> = { id: T; label: ReactNode; count?: number | null };

type Props<T extends string> = {
  label: string;
  tabs: readonly TabOf<T>[];
  chosen: T;
  onChoose: (id: T) => void;
  /** `TabPanel`s; only the chosen one is drawn. */
  children: ReactNode;
  className?: string;
};

export function Tabs<T extends string>(props: Props<T>) {
  const { label, tabs, chosen, onChoose, children, className = "" } = props;
  return (
    <AriaTabs
      selectedKey={chosen}
      onSelectionChange={(key) => {
        const tab = tabs.find(({ id }) => id === key);
        if (tab !== undefined && tab.id !== chosen) onChoose(tab.id);
      }}
      className={`flex min-h-0 flex-col ${className}`}
    >
      <TabList
        aria-label={label}
        className="flex shrink-0 gap-1 overflow-x-auto overflow-y-hidden border-b border-line px-1"
      >
        {tabs.map(({ id, label: text, count }) => (
          <AriaTab
            key={id}
            id={id}
            className="-mb-px flex cursor-pointer items-center gap-1.5 rounded-t-sm border-b-2 border-transparent px-2.5 py-2 text-sm whitespace-nowrap text-muted outline-offset-[-2px] hover:text-ink data-[selected]:border-accent data-[selected]:font-medium data-[selected]:text-ink"
          >
            {text}
            {typeof count === "number" && (
              <span className="text-xs font-normal text-muted">{count.toLocaleString("en")}</span>
            )}
          </AriaTab>
        ))}
      </TabList>
      {children}
    </AriaTabs>
  );
}

export function TabPanel({ id, children }: { id: string; children: ReactNode }) {
  return (
    <AriaTabPanel id={id} className="flex min-h-0 flex-1 flex-col outline-offset-[-2px]">
      {children}
    </AriaTabPanel>
  );
}
