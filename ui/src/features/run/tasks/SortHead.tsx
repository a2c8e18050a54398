/** The head of a column by which rows can be sorted. */

import { ArrowDown } from "lucide-react";

type Props = { words: string; isOn: boolean; onPress: () => void };

export function SortHead({ words, isOn, onPress }: Props) {
  return (
    <button
      type="button"
      aria-pressed={isOn}
      title={isOn ? "Back to the order of calls" : `Sort by ${words.toLowerCase()}`}
      onClick={onPress}
      className={`inline-flex items-center gap-1 hover:text-ink ${isOn ? "text-ink" : ""}`}
    >
      {words}
      {isOn ? <ArrowDown size={12} aria-hidden /> : null}
    </button>
  );
}
