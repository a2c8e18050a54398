/** Tells how wide an element is, now and whenever that changes. */

import { type RefObject, useLayoutEffect } from "react";

export function useWidth(
  ref: RefObject<HTMLElement | null>,
  onWidth: (pixels: number) => void,
): void {
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    onWidth(element.clientWidth);
    const observer = new ResizeObserver(() => onWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref, onWidth]);
}
