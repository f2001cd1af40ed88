// What a performance trace of the browser says of a page: the tasks of its main thread, the
// frames while it scrolls, and the memory of its process.

import { readFileSync } from "node:fs";
import type { CDPSession } from "playwright-core";

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  /** Microseconds; `tdur` of the processor. */
  ts: number;
  dur?: number;
  tdur?: number;
  args?: { name?: string };
}

export interface Task {
  /** Milliseconds by the clock, and of the processor: on a machine that does other things too, only these tell of the page. */
  clock: number;
  processor: number;
}

export interface Trace {
  tasks: Task[];
  /** What took longest in the task that took most of the processor. */
  parts: string;
  /** Frames that were drawn, and that came too late. */
  drawn: number;
  dropped: number;
}

const CATEGORIES = ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline", "devtools.timeline.frame", "disabled-by-default-devtools.timeline.frame", "__metadata"];

/** Runs something, and gives what happened meanwhile. */
export async function traced(session: CDPSession, run: () => Promise<void>): Promise<Trace> {
  const events: TraceEvent[] = [];
  const take = ({ value }: { value: unknown }) => {
    events.push(...(value as TraceEvent[]));
  };
  session.on("Tracing.dataCollected", take);
  const complete = new Promise((resolve) => {
    session.once("Tracing.tracingComplete", resolve);
  });
  await session.send("Tracing.start", { transferMode: "ReportEvents", traceConfig: { includedCategories: CATEGORIES } });
  await run();
  await session.send("Tracing.end");
  await complete;
  session.off("Tracing.dataCollected", take);
  return read(events);
}

function read(events: readonly TraceEvent[]): Trace {
  const mains = new Set(events.filter((event) => event.name === "thread_name" && event.args?.name === "CrRendererMain").map((event) => `${event.pid}/${event.tid}`));
  const all = events.filter((event) => event.ph === "X" && event.name === "ThreadControllerImpl::RunTask" && mains.has(`${event.pid}/${event.tid}`));
  // The browser keeps a process for the next page too, which does nothing.
  const times = new Map<number, number>();
  for (const task of all) times.set(task.pid, (times.get(task.pid) ?? 0) + (task.tdur ?? 0));
  const pid = [...times].sort(([, one], [, other]) => other - one)[0]?.[0] ?? 0;
  const own = all.filter((task) => task.pid === pid).sort((one, other) => (other.tdur ?? 0) - (one.tdur ?? 0));
  const ofFrames = (name: string) => events.filter((event) => event.pid === pid && event.name === name).length;
  return {
    tasks: own.map((task) => ({ clock: (task.dur ?? 0) / 1_000, processor: (task.tdur ?? 0) / 1_000 })),
    parts: own[0] ? inside(own[0], events) : "",
    drawn: ofFrames("DrawFrame"),
    dropped: ofFrames("DroppedFrame"),
  };
}

function inside(task: TraceEvent, events: readonly TraceEvent[]): string {
  const sums = new Map<string, number>();
  for (const event of events) {
    if (event.ph !== "X" || event.pid !== task.pid || event.tid !== task.tid || event.name.includes("RunTask")) continue;
    if (event.ts < task.ts || event.ts >= task.ts + (task.dur ?? 0)) continue;
    sums.set(event.name, (sums.get(event.name) ?? 0) + (event.tdur ?? 0) / 1_000);
  }
  return [...sums].sort(([, one], [, other]) => other - one).slice(0, 6).map(([name, sum]) => `${name} ${sum.toFixed(0)}`).join(", ");
}

/** Megabytes that each process has for itself, as the browser counts them where it lists its processes: without what it shares. */
export function memory(pids: readonly number[]): number[] {
  return pids.flatMap((pid) => {
    try {
      const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
      const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(rollup)?.[1] ?? 0);
      return [(kilobytes("Anonymous") + kilobytes("Swap")) / 1024];
    } catch {
      // It is gone.
      return [];
    }
  });
}
