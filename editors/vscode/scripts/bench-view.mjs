// Builds the bench of the chat view and runs it in a browser.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { build } from "esbuild";

const root = join(import.meta.dirname, "..");
const outfile = join(root, "out", "bench.mjs");
await build({ absWorkingDir: root, entryPoints: ["src/chat/view/tests/bench.ts"], outfile, bundle: true, platform: "node", target: "node20", format: "esm", packages: "external", logLevel: "warning" });
process.exit(spawnSync(process.execPath, [outfile], { cwd: root, stdio: "inherit" }).status ?? 1);
