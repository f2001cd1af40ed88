// How long the extension holds up VS Code: `require` of its bundle in plain node, and its
// activation in a fresh extension host, each of which is a window that is opened.
// VS Code counts the same as activation: the bundle loaded, and `activate` called. Fails when
// the median of that is over what is promised, by processor time: the clock also tells of other programs.
//
// node scripts/bench.mjs activation, with what `make setup` and `make vscode-jobs` install.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { Editor, until, write } from "./editor";
import { needsEditor, server } from "./places";

const LIMIT = 50;
const ROUNDS = 7;

interface Time {
  clock: number;
  processor: number;
}

/** What one extension host wrote down, in milliseconds. */
interface Activation {
  load: Time;
  call: Time;
  /** With what VS Code does around it. */
  all: number;
}

const median = (all: readonly number[]): number => [...all].sort((one, other) => one - other)[Math.floor(all.length / 2)] ?? NaN;
const figures = (all: readonly number[]): string => `median of ${all.length} ${median(all).toFixed(1)} ms (${Math.min(...all).toFixed(1)} to ${Math.max(...all).toFixed(1)})`;

/** In a new process each time; what it asks of `vscode` is there and does nothing. */
function required(): number {
  const script = `
    const nothing = new Proxy(class {}, { get: (of, name) => name === "prototype" ? of.prototype : name === Symbol.toPrimitive ? () => "" : nothing, apply: () => nothing });
    require("node:module")._load = ((load) => (name, ...more) => (name === "vscode" ? nothing : load(name, ...more)))(require("node:module")._load);
    const began = performance.now();
    require("./dist/extension.js");
    console.log(performance.now() - began);`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return Number(stdout);
}

const TIMED = `
  const time = () => { const { user, system } = process.cpuUsage(); return { clock: performance.now(), processor: (user + system) / 1_000 }; };
  const between = (one, other) => ({ clock: other.clock - one.clock, processor: other.processor - one.processor });
  const before = time();
  const real = require("./dist/extension.js");
  const loaded = time();
  exports.activate = (context) => {
    const called = time();
    const result = real.activate(context);
    globalThis.tiroTimes = { load: between(before, loaded), call: between(called, time()) };
    return result;
  };
  exports.deactivate = () => real.deactivate();`;

const WAKE = `
  const { appendFileSync } = require("node:fs");
  const { extensions } = require("vscode");
  exports.run = async () => {
    const tiro = extensions.getExtension("tiro.tiro");
    const began = performance.now();
    await tiro.activate();
    const all = performance.now() - began;
    appendFileSync(process.env.TIRO_TEST_HOME + "/result", JSON.stringify({ ...globalThis.tiroTimes, all }) + "\\n");
  };`;

/** The extension as it is, but that nothing activates it by itself, and that what it takes is written down. */
function timed(directory: string): void {
  mkdirSync(directory);
  for (const name of ["dist", "media"]) symlinkSync(join(process.cwd(), name), join(directory, name));
  const manifest = JSON.parse(readFileSync("package.json", "utf8")) as object;
  write(directory, { "package.json": JSON.stringify({ ...manifest, activationEvents: [], main: "./timed.js" }), "timed.js": TIMED });
}

async function activated(): Promise<Activation[]> {
  // Without the chat of VS Code the view of ours would be in its place, and activate the extension while the window is made.
  const editor = await Editor.start({ machine: { "tiro.server.path": server, "chat.disableAIFeatures": false } });
  try {
    write(editor.home, { "wake.js": WAKE, result: "", "work/a.txt": "a\n" });
    timed(join(editor.home, "extension"));
    const query = editor.hosting(`folder=${join(editor.home, "work")}`, join(editor.home, "extension"), join(editor.home, "wake.js"));
    const times = (): string[] => readFileSync(join(editor.home, "result"), "utf8").split("\n").slice(0, -1);
    // The first fills the caches of the browser and of code-server, and does not count.
    for (let round = 0; round <= ROUNDS; round++) {
      const page = await editor.page(query);
      await until("the extension is active", () => times().length > round);
      await page.close();
    }
    return times().slice(1).map((line) => JSON.parse(line) as Activation);
  } finally {
    await editor.close();
  }
}

if (!existsSync("dist/extension.js")) throw new Error("there is no dist/extension.js: npm run build");
console.log(`require of dist/extension.js in node ${process.versions.node}: ${figures(Array.from({ length: 21 }, required))}`);
if (needsEditor.skip !== false) {
  console.log(needsEditor.skip);
} else {
  const times = await activated();
  const sums = (of: keyof Time): number[] => times.map(({ load, call }) => load[of] + call[of]);
  console.log(`activation in an extension host: ${figures(sums("clock"))}, at most ${LIMIT}`);
  console.log(`  of it the bundle loaded: ${figures(times.map(({ load }) => load.clock))}`);
  console.log(`  by processor time: ${figures(sums("processor"))}`);
  console.log(`  with what VS Code does around it: ${figures(times.map(({ all }) => all))}`);
  if (median(sums("processor")) > LIMIT) process.exitCode = 1;
}
