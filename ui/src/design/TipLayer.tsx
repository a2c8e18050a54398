import { useEffect, useState } from "react";
import { createPortal } from "react-dom";
import { serverNow } from "@/api/live";
import { clockOf, sayEverywhere } from "@/design/Time";
import { getPreferences } from "@/models/preferences";

type Tip = { text: string; x: number; y: number; isBelow: boolean };

const DELAY = 350;

function textOf(element: HTMLElement): string {
  const { tip, tipTime } = element.dataset;
  if (tipTime !== undefined) {
    return sayEverywhere(Number(tipTime), clockOf(getPreferences()), serverNow());
  }
  return tip ?? "";
}

function place(element: HTMLElement): Tip | null {
  const text = textOf(element);
  if (text === "") return null;
  const box = element.getBoundingClientRect();
  const isBelow = box.top < 90;
  const x = Math.min(Math.max(box.left + box.width / 2, 120), window.innerWidth - 120);
  return { isBelow, text, x, y: isBelow ? box.bottom + 6 : box.top - 6 };
}

/**
 * The one tooltip of the page: for whatever has `data-tip`, or `data-tip-time` in milliseconds.
 *
 * One listener for all, so that thousands of rows with times cost nothing; it serves focus as well
 * as the pointer.
 */
export function TipLayer() {
  const [tip, setTip] = useState<Tip | null>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    let shown: Element | null = null;
    const hide = () => {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      shown = null;
      setTip(null);
    };
    const look = (event: Event) => {
      const target = event.target instanceof Element ? event.target : null;
      const element = target?.closest<HTMLElement>("[data-tip],[data-tip-time]") ?? null;
      if (element === shown) return;
      hide();
      if (element === null) return;
      if (event.type === "focusin" && target?.matches(":focus-visible") !== true) return;
      shown = element;
      timer = setTimeout(() => setTip(element.isConnected ? place(element) : null), DELAY);
    };
    const hideOnEscape = (event: KeyboardEvent) => {
      if (event.key === "Escape") hide();
    };
    const events = [
      ["pointerover", look],
      ["focusin", look],
      ["focusout", hide],
      ["pointerdown", hide],
      ["scroll", hide],
    ] as const;
    for (const [name, listener] of events) {
      document.addEventListener(name, listener, { capture: true, passive: true });
    }
    document.addEventListener("keydown", hideOnEscape);
    return () => {
      hide();
      for (const [name, listener] of events) {
        document.removeEventListener(name, listener, { capture: true });
      }
      document.removeEventListener("keydown", hideOnEscape);
    };
  }, []);
  if (tip === null) return null;
  return createPortal(
    <div
      role="tooltip"
      className="pop pointer-events-none fixed z-50 max-w-80 -translate-x-1/2 px-2 py-1 text-xs whitespace-pre-line"
      style={{ left: tip.x, top: tip.y, transform: tip.isBelow ? undefined : "translateY(-100%)" }}
    >
      {tip.text}
    </div>,
    document.body,
  );
}
