// A command: its line, what it writes while it runs, how it ended, what the sandbox stopped.

import type { VNode } from "preact";
import { useContext, useState } from "preact/hooks";
import { Icon } from "./icons";
import { memo } from "./memo";
import { lastLines, lineCount, type Output } from "./output";
import { elapsed, firstLine, plural, shell, short } from "./text";
import { Actions, Disclosure, OutputSegment, Plain, Terminal } from "./text-view";
import type { Command } from "./transcript";

/** Lines that are seen of a command that runs, or has failed. */
const PREVIEW = 8;

function how(entry: Command): string {
  const ended = entry.ended;
  if (!ended) return "runs";
  const time = ended.milliseconds === undefined ? "" : ` · ${elapsed(ended.milliseconds)}`;
  if (ended.exitCode === undefined) return `${ended.how ?? "ended"}${time}`;
  if (ended.exitCode === 124) return `timed out (exit code 124)${time}`;
  return `exit code ${ended.exitCode}${time}`;
}

function Full({ output }: { output: Output }): VNode {
  return (
    <pre class="output full" tabIndex={0} role="group" aria-label="Output" dir="ltr">
      {output.head.map((segment, index) => <OutputSegment key={index} segment={segment} />)}
      {output.cut > 0 && <div class="cut">{plural(output.cut, "line")} left out here</div>}
      {output.tail.map((segment, index) => <OutputSegment key={output.cut + index} segment={segment} />)}
      <Terminal text={output.open} style={output.style} />
    </pre>
  );
}

function Preview({ output, onAll }: { output: Output; onAll: () => void }): VNode | null {
  const lines = lineCount(output);
  if (lines === 0) return null;
  const last = lastLines(output, PREVIEW);
  return (
    <>
      {lines > PREVIEW && (
        <button type="button" class="link more" onClick={onAll}>Show all {plural(lines, "line")}</button>
      )}
      <pre class="output" tabIndex={0} role="group" aria-label="Last lines of the output" dir="ltr"><Terminal text={last.text} style={last.style} /></pre>
    </>
  );
}

export const CommandView = memo(function CommandView({ entry, root }: { entry: Command; root: string | undefined }): VNode {
  const [chosen, choose] = useState<"closed" | "full" | undefined>(undefined);
  const actions = useContext(Actions);
  const line = shell(entry.command);
  const isRunning = !entry.ended;
  const hasFailed = entry.ended !== undefined && entry.ended.exitCode !== 0;
  const shown = chosen ?? (isRunning || hasFailed ? "preview" : "closed");
  const state = isRunning ? "running" : hasFailed ? "failed" : "done";
  const isLong = line.includes("\n") || line.length > 60;
  return (
    <article class={`card command is-${state}`} aria-label={`Command: ${firstLine(line)}`}>
      <Disclosure
        isOpen={shown !== "closed"}
        onToggle={() => { choose(shown === "closed" ? "full" : "closed"); }}
        summary={
          <>
            <span class="state"><Icon name={isRunning ? "running" : hasFailed ? "cross" : "check"} spins={isRunning} /></span>
            <code class="line" dir="ltr">{firstLine(line)}</code>
            <span class="how">{how(entry)}</span>
          </>
        }
      >
        {isLong && <pre class="script" tabIndex={0} role="group" aria-label="Whole command" dir="ltr"><Plain text={line} /></pre>}
        {shown === "full" && (
          <p class="facts">
            in <code dir="ltr">{short(entry.cwd, root)}</code>
            {" · "}
            <button type="button" class="link" onClick={() => { actions.copy(line); }}>Copy command</button>
          </p>
        )}
        {shown === "full" && lineCount(entry.output) > 0
          ? <Full output={entry.output} />
          : <Preview output={entry.output} onAll={() => { choose("full"); }} />}
        {shown === "full" && !isRunning && lineCount(entry.output) === 0 && <p class="facts">It wrote nothing.</p>}
      </Disclosure>
      {entry.ended?.denial && (
        <p class="denial"><Icon name="warning" /> <span>{entry.ended.denial}</span></p>
      )}
    </article>
  );
});
