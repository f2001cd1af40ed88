// The icons of the view: lines in the colour of the text around them.

import type { VNode } from "preact";

const paths = {
  chevron: "M6 3.5 10.5 8 6 12.5",
  copy: "M5.5 5.5h7v8h-7zM3.5 10.5v-8h7",
  insert: "M8 2.5v7M5 6.5l3 3 3-3M3 13h10",
  diff: "M8 2.5v6M5 5.5h6M5 12.5h6",
  open: "M9 3h4v4M13 3 7.5 8.5M11 9v4H3V5h4",
  edit: "M3 13l.8-3L10.5 3.300l2.2 2.200L6 12.200z",
  send: "M8 13V3.500M4 7.500l4-4 4 4",
  stop: "M4.5 4.500h7v7h-7z",
  down: "M8 3v9.500M4 8.500l4 4 4-4",
  close: "M4 4l8 8M12 4l-8 8",
  check: "M3.5 8.500l3 3 6-7",
  cross: "M4.5 4.500l7 7M11.5 4.500l-7 7",
  running: "M8 2.500a5.5 5.5 0 1 1-5.5 5.5",
  circle: "M8 3a5 5 0 1 1 0 10a5 5 0 1 1 0-10",
  arrow: "M3 8h9.5M8.5 4 12.5 8l-4 4",
  warning: "M8 2.5 14 13.500H2zM8 6.500v3.500M8 11.500v.6",
  question: "M8 2a6 6 0 1 1 0 12a6 6 0 1 1 0-12M6.2 6.300a1.8 1.8 0 1 1 2.6 1.700c-.6.3-.8.6-.8 1.200M8 11v.6",
  file: "M4 2.500h5l3 3v8H4zM9 2.500v3h3",
  image: "M2.5 3.500h11v9h-11zM3 11.500l3.5-4 2.5 3 1.5-1.5 2.5 2.5",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, spins = false }: { name: IconName; spins?: boolean }): VNode {
  return (
    <svg class={spins ? "icon spins" : "icon"} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path d={paths[name]} fill="none" stroke="currentColor" stroke-width="1.3" stroke-linejoin="round" stroke-linecap="round" />
    </svg>
  );
}

/** A button of which an icon is all that is seen; out of sight it goes without. */
export function IconButton(props: { icon: IconName; label: string; onClick: () => void; disabled?: boolean; class?: string; isDrawn?: boolean }): VNode {
  return (
    <button type="button" class={`icon-button ${props.class ?? ""}`} aria-label={props.label} title={props.label} disabled={props.disabled ?? false} onClick={props.onClick}>
      {props.isDrawn === false ? null : <Icon name={props.icon} />}
    </button>
  );
}
