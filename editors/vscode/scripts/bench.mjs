// Builds the benches and runs them one after another: how long the activation takes, and what the
// page of the chat does with much text.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { build } from "esbuild";

const root = join(import.meta.dirname, "..");
const benches = [
  { in: "test/workbench/bench.ts", out: "bench-activation" },
  { in: "src/chat/view/tests/bench.ts", out: "bench-view" },
];
await build({
  absWorkingDir: root,
  entryPoints: benches,
  outdir: "out",
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  target: "node20",
  format: "esm",
  packages: "external",
  logLevel: "warning",
});
const wanted = benches.filter(({ out }) => process.argv.slice(2).every((part) => out.includes(part)));
const codes = wanted.map(({ out }) => spawnSync(process.execPath, [join("out", `${out}.mjs`)], { cwd: root, stdio: "inherit" }).status ?? 1);
process.exitCode = Math.max(1 - codes.length, ...codes);
