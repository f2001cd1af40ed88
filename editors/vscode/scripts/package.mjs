// Makes the VSIX: `node scripts/package.mjs OUT [--target linux-x64 --binary PATH]`. Without a
// binary it is for every platform, and the server is looked for on the PATH.

import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

const root = join(import.meta.dirname, "..");
const { values, positionals } = parseArgs({ allowPositionals: true, options: { target: { type: "string" }, binary: { type: "string" } } });
const [out] = positionals;
if (out === undefined || (values.target === undefined) !== (values.binary === undefined)) {
  console.error("usage: node scripts/package.mjs OUT [--target PLATFORM --binary PATH]");
  process.exit(2);
}

const bin = join(root, "bin");
rmSync(bin, { recursive: true, force: true });
for (const name of ["LICENSE-MIT", "LICENSE-APACHE"]) copyFileSync(join(root, "../..", name), join(root, name));
if (values.binary !== undefined) {
  mkdirSync(bin);
  const program = join(bin, values.target.startsWith("win32") ? "tiro.exe" : "tiro");
  copyFileSync(values.binary, program);
  chmodSync(program, 0o755);
}
const vsce = join(root, "node_modules/@vscode/vsce/vsce");
const args = ["package", "--no-dependencies", "--allow-missing-repository", "--no-rewrite-relative-links", "--skip-license", "--allow-unused-files-pattern", "--out", resolve(out)];
if (values.target !== undefined) args.push("--target", values.target);
const { status } = spawnSync(process.execPath, [vsce, ...args], { cwd: root, stdio: "inherit" });
if (status !== 0) process.exit(status ?? 1);
rmSync(bin, { recursive: true, force: true });
