// Changes of files, as a diff a file, with the hunks of a proposal to take or leave.

import type { ComponentChildren, VNode } from "preact";
import { useState } from "preact/hooks";
import type { ProposedFile, ProposedHunk } from "../../protocol";
import { ofHunk, type FileDiff, type Row } from "./diff";
import { IconButton } from "./icons";
import { memo } from "./memo";
import { baseName, plural, short, visible } from "./text";
import { cutLines, Disclosure } from "./text-view";

/** Rows that are shown before the rest is asked for, and rows of one part. */
const FEW = 30;
const PART = 200;
const LINE = 1_000;

const signs = { added: "+", deleted: "-", context: " ", place: "" } as const;

interface Run {
  kind: Row["kind"];
  text: string;
}

/** Neighbouring rows of a kind as one node. */
function runs(rows: readonly Row[]): Run[] {
  const found: Run[] = [];
  for (const row of rows) {
    const last = found.at(-1);
    const line = `${signs[row.kind]}${row.text}`;
    if (last?.kind === row.kind) last.text += `\n${line}`;
    else found.push({ kind: row.kind, text: line });
  }
  return found;
}

const Rows = memo(function Rows({ rows, from, to }: { rows: readonly Row[]; from: number; to: number }): VNode {
  return (
    <div class="part lines">
      {runs(rows.slice(from, to)).map((run, index) => <div key={index} class={`run ${run.kind}`}>{visible(cutLines(run.text, LINE).text)}</div>)}
    </div>
  );
});

export const RowsView = memo(function RowsView({ rows, label }: { rows: readonly Row[]; label: string }): VNode {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? rows.length : Math.min(rows.length, rows.length <= FEW + 8 ? rows.length : FEW);
  const parts: VNode[] = [];
  for (let from = 0; from < shown; from += PART) parts.push(<Rows key={from} rows={rows} from={from} to={Math.min(shown, from + PART)} />);
  return (
    <>
      <div class="diff" tabIndex={0} role="group" aria-label={label} dir="ltr">{parts}</div>
      {shown < rows.length && (
        <button type="button" class="link more" onClick={() => { setWhole(true); }}>Show all {plural(rows.length, "line")}</button>
      )}
    </>
  );
});

export function Counts({ added, deleted }: { added: number; deleted: number }): VNode | null {
  if (added === 0 && deleted === 0) return null;
  return (
    <span class="counts">
      <span class="visually-hidden">{plural(added, "line")} added, {plural(deleted, "line")} deleted</span>
      <span aria-hidden="true"><span class="plus">+{added}</span> <span class="minus">−{deleted}</span></span>
    </span>
  );
}

interface FileProps {
  file: FileDiff;
  root: string | undefined;
  isOpen: boolean;
  onOpen?: () => void;
  onDiff?: () => void;
  /** In the place of the rows: the hunks of a proposal. */
  children?: ComponentChildren;
}

export function FileView({ file, root, isOpen, onOpen, onDiff, children }: FileProps): VNode {
  const [chosen, choose] = useState<boolean | undefined>(undefined);
  const isShown = chosen ?? isOpen;
  const name = short(file.path, root);
  const base = baseName(file.path);
  const what = file.movedTo !== undefined ? `moves to ${short(file.movedTo, root)}` : file.what === "changed" ? "" : file.what;
  const hasBody = file.rows.length > 0 || children !== undefined;
  const summary = (
    <>
      <bdi class="path" dir="ltr" title={name}>{name}</bdi>
      {what !== "" && <span class="what">{what}</span>}
      <Counts added={file.added} deleted={file.deleted} />
    </>
  );
  const beside = (
    <span class="file-actions">
      {onDiff && <IconButton icon="diff" label={`Open the diff of ${base}`} onClick={onDiff} />}
      {onOpen && file.what !== "deleted" && <IconButton icon="open" label={`Open ${base}`} onClick={onOpen} />}
    </span>
  );
  if (!hasBody) return <div class="file disclosure"><div class="disclosure-bar"><span class="disclosure-button still">{summary}</span>{beside}</div></div>;
  return (
    <Disclosure class="file" isOpen={isShown} onToggle={() => { choose(!isShown); }} summary={summary} beside={beside}>
      {children ?? <RowsView rows={file.rows} label={`Diff of ${base}`} />}
    </Disclosure>
  );
}

const states = { pending: "", accepted: "accepted", rejected: "rejected", conflict: "conflict" } as const;

interface HunkProps {
  hunk: ProposedHunk;
  isOpen: boolean;
  onAccept: () => void;
  onReject: () => void;
}

function HunkView({ hunk, isOpen, onAccept, onReject }: HunkProps): VNode {
  const place = `line ${hunk.orig_index}`;
  const canAccept = isOpen && hunk.state !== "accepted";
  const canReject = isOpen && hunk.state !== "rejected";
  return (
    <div class={`hunk is-${hunk.state}`} role="group" aria-label={`Hunk at ${place}${hunk.state === "pending" ? "" : `, ${states[hunk.state]}`}`}>
      <div class="hunk-bar">
        <span class="place">{place}</span>
        <span class="hunk-state">{states[hunk.state]}</span>
        {canAccept && <IconButton icon="check" class="accept" label={`Accept the hunk at ${place}`} onClick={onAccept} />}
        {canReject && <IconButton icon="cross" class="reject" label={`Reject the hunk at ${place}`} onClick={onReject} />}
      </div>
      {hunk.reason && <p class="facts">{hunk.reason}</p>}
      <RowsView rows={ofHunk(hunk)} label={`Hunk at ${place}`} />
    </div>
  );
}

export interface HunkActions {
  accept: (hunk: string) => void;
  reject: (hunk: string) => void;
}

export function HunksView({ file, isOpen, actions }: { file: ProposedFile; isOpen: boolean; actions: HunkActions }): VNode {
  return (
    <>
      {file.hunks.map((hunk) => (
        <HunkView
          key={hunk.id}
          hunk={hunk}
          isOpen={isOpen}
          onAccept={() => { actions.accept(hunk.id); }}
          onReject={() => { actions.reject(hunk.id); }}
        />
      ))}
    </>
  );
}
