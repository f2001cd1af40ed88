// Builds the tests and runs them with Node's own runner. Arguments choose: parts of paths, and
// with a `!` before them parts that are not to be there. In a browser one file runs at a time.

import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const node = (...args) => spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" }).status ?? 1;

const built = node("esbuild.mjs", "--tests");
if (built !== 0) process.exit(built);
const wanted = process.argv.slice(2);
const files = readdirSync(join(root, "out"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".test.mjs") && wanted.every((part) => (part.startsWith("!") ? !name.includes(part.slice(1)) : name.includes(part))))
  .map((name) => join("out", name));
process.exit(files.length === 0 ? 1 : node("--test", ...(wanted.some((part) => /^(?:workbench|browser)/.test(part)) ? ["--test-concurrency=1"] : []), ...files));
