// How long the extension holds up VS Code: `require` of its bundle in plain node, and its
// activation in a fresh extension host of code-server, each of which is a page that is opened.
// VS Code counts the same as activation: the bundle loaded, and `activate` called. Fails when
// the median of that is over what is promised, by processor time: the clock also tells of other programs.
//
// npm run bench, or node scripts/bench-activation.mjs [ROUNDS], with what `make setup` and `make vscode-jobs`
// install, or TIRO_CODE_SERVER set.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "playwright-core";

const LIMIT = 50;
const rounds = Number(process.argv[2] ?? 7);
const root = join(import.meta.dirname, "..");
const target = process.env.TIRO_TARGET ?? join(root, "../../target");
const editor = process.env.TIRO_CODE_SERVER ?? join(target, "editors/code-server");
const server = process.env.TIRO_BINARY ?? [join(target, "release/tiro"), join(target, "debug/tiro")].find(existsSync);

const median = (all) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)];
const figures = (all) => `median of ${all.length} ${median(all).toFixed(1)} ms (${Math.min(...all).toFixed(1)} to ${Math.max(...all).toFixed(1)})`;

/** In a new process each time; what it asks of `vscode` is there and does nothing. */
function required() {
  const script = `
    const nothing = new Proxy(class {}, { get: (of, name) => name === "prototype" ? of.prototype : name === Symbol.toPrimitive ? () => "" : nothing, apply: () => nothing });
    require("node:module")._load = ((load) => (name, ...more) => (name === "vscode" ? nothing : load(name, ...more)))(require("node:module")._load);
    const began = performance.now();
    require(${JSON.stringify(join(root, "dist/extension.js"))});
    console.log(performance.now() - began);`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return Number(stdout);
}

/** The extension as it is, but that nothing activates it by itself, and that what it takes is written down. */
function timed(home) {
  const directory = join(home, "extension");
  mkdirSync(directory);
  for (const name of ["dist", "media"]) symlinkSync(join(root, name), join(directory, name));
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  writeFileSync(join(directory, "package.json"), JSON.stringify({ ...manifest, activationEvents: [], main: "./timed.js" }));
  writeFileSync(join(directory, "timed.js"), TIMED);
  return directory;
}

const TIMED = `
  const time = () => { const { user, system } = process.cpuUsage(); return { clock: performance.now(), processor: (user + system) / 1_000 }; };
  const before = time();
  const real = require("./dist/extension.js");
  const loaded = time();
  exports.activate = (context) => {
    const called = time();
    const result = real.activate(context);
    const done = time();
    const of = (which) => ({ load: loaded[which] - before[which], call: done[which] - called[which] });
    globalThis.tiroTimes = { clock: of("clock"), processor: of("processor") };
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
    appendFileSync(process.env.TIRO_RESULT, JSON.stringify({ ...globalThis.tiroTimes, all }) + "\\n");
  };`;

async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => probe.once("listening", resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function until(what, seconds, done) {
  for (const end = Date.now() + seconds * 1_000; !(await done()); await sleep(100)) {
    if (Date.now() > end) throw new Error(`${what} did not come within ${seconds} s`);
  }
}

async function activated() {
  const home = mkdtempSync(join(tmpdir(), "tiro-bench-"));
  const result = join(home, "result");
  const tests = join(home, "wake.js");
  writeFileSync(result, "");
  writeFileSync(tests, WAKE);
  mkdirSync(join(home, "work"));
  mkdirSync(join(home, "server/data/Machine"), { recursive: true });
  writeFileSync(join(home, "server/data/Machine/settings.json"), JSON.stringify({ "tiro.server.path": server }));
  const directory = timed(home);
  const port = await freePort();
  const main = join(editor, "server/node_modules/code-server/lib/vscode/out/server-main.js");
  const args = [
    ...["--host", "127.0.0.1", "--port", String(port), "--without-connection-token", "--accept-server-license-terms", "--telemetry-level", "off"],
    ...["--disable-workspace-trust", "--enable-smoke-test-driver", "--server-data-dir", join(home, "server"), "--extensions-dir", join(home, "extensions")],
  ];
  const env = { ...process.env, HOME: home, TIRO_HOME: join(home, "tiro"), TIRO_STATE_HOME: join(home, "state"), TIRO_RESULT: result };
  const child = spawn(join(editor, "node"), [main, ...args], { env, stdio: "ignore" });
  const gone = new Promise((resolve) => child.once("exit", resolve));
  const browser = await chromium.launch({ executablePath: join(editor, "chromium"), args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
  try {
    const reached = () => fetch(`http://127.0.0.1:${port}/version`).then(({ ok }) => ok, () => false);
    await until("code-server", 90, reached);
    const times = () => readFileSync(result, "utf8").split("\n").slice(0, -1);
    const remote = (path) => `vscode-remote://127.0.0.1:${port}${path}`;
    const payload = encodeURIComponent(JSON.stringify([["extensionDevelopmentPath", remote(directory)], ["extensionTestsPath", remote(tests)]]));
    // The first fills the caches of the browser and of code-server, and does not count.
    for (let round = 0; round <= rounds; round++) {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${port}/?folder=${join(home, "work")}&payload=${payload}`);
      await until("the extension host", 120, () => times().length > round);
      await page.close();
    }
    return times().slice(1).map((line) => JSON.parse(line));
  } finally {
    await browser.close();
    child.kill("SIGTERM");
    await gone;
    rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

console.log(`require of dist/extension.js in node ${process.versions.node}: ${figures(Array.from({ length: 21 }, required))}`);
if (!existsSync(join(editor, "ready")) || server === undefined) {
  console.log(`SKIPPED: there is no code-server in ${editor}, or no server: the activation was not measured`);
  process.exit(process.env.CI === "true" ? 1 : 0);
}
const times = await activated();
const sum = ({ load, call }) => load + call;
console.log(`activation in an extension host: ${figures(times.map(({ clock }) => sum(clock)))}, at most ${LIMIT}`);
console.log(`  of it the bundle loaded: ${figures(times.map(({ clock }) => clock.load))}`);
console.log(`  by processor time: ${figures(times.map(({ processor }) => sum(processor)))}`);
console.log(`  with what VS Code does around it: ${figures(times.map(({ all }) => all))}`);
if (median(times.map(({ processor }) => sum(processor))) > LIMIT) process.exitCode = 1;
