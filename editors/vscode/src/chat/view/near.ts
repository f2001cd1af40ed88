// What is in sight, or about to be: only that has colours and icons. Its words are always
// there, to be read aloud, searched and selected.

import type { RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { mayDraw } from "./turns";

/** Parts of the page's height above and below it that count as in sight. */
const MARGIN = "100%";

const watched = new WeakMap<Element, (isNear: boolean) => void>();
let observer: IntersectionObserver | undefined;

/** Whether the person has selected something of it, which would be lost if it were drawn anew. */
function isSelected(element: Element): boolean {
  const selection = getSelection();
  return selection !== null && !selection.isCollapsed && selection.containsNode(element, true);
}

function see(entries: readonly IntersectionObserverEntry[]): void {
  for (const { target, isIntersecting } of entries) {
    if (!isSelected(target)) watched.get(target)?.(isIntersecting);
  }
}

/** For the `ref` of an element, and whether it is near. What is new counts as near where there is time to draw it at once. */
export function useNear<Kind extends Element>(): [RefObject<Kind | null>, boolean] {
  const element = useRef<Kind | null>(null);
  const [isNear, setNear] = useState(mayDraw);
  useLayoutEffect(() => {
    const target = element.current;
    if (!target) return;
    observer ??= new IntersectionObserver(see, { rootMargin: MARGIN, scrollMargin: MARGIN });
    watched.set(target, setNear);
    observer.observe(target);
    return () => {
      observer?.unobserve(target);
    };
  }, []);
  return [element, isNear];
}
