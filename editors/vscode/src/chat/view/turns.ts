// Who may draw in this frame: what is long is drawn in parts, a few milliseconds a frame.

import { useLayoutEffect, useState } from "preact/hooks";

/** What one frame may spend on drawing parts that were not drawn yet, in milliseconds. */
const FRAME = 4;
let frame: CSSNumberish | null = null;
let frameBegan = 0;
const later: (() => void)[] = [];

/** Whether the frame has time for one more part. */
export function mayDraw(): boolean {
  const now = performance.now();
  if (frame !== document.timeline.currentTime) {
    frame = document.timeline.currentTime;
    frameBegan = now;
  }
  return now - frameBegan < FRAME;
}

/** Draws what waits, one part after the other, as long as the frame has time. */
function drawParts(): void {
  later.pop()?.();
  if (later.length === 0) return;
  // The part is drawn by then.
  void Promise.resolve().then(() => {
    if (mayDraw()) drawParts();
    else requestAnimationFrame(drawParts);
  });
}

/** Whether it is this part's turn to cost something; the last ones come first. */
export function useTurn(): boolean {
  const [isDue, setDue] = useState(mayDraw);
  useLayoutEffect(() => {
    if (isDue) return;
    const draw = () => {
      setDue(true);
    };
    later.push(draw);
    if (later.length === 1) requestAnimationFrame(drawParts);
    return () => {
      const at = later.indexOf(draw);
      if (at >= 0) later.splice(at, 1);
    };
  }, [isDue]);
  return isDue;
}
