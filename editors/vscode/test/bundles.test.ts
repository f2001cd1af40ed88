// What is shipped can be loaded: nothing that is left out of a library is missed at once.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

/** Names that a bundle exports, where all of `vscode` is there and does nothing. */
function exported(name: string): string[] {
  const path = join(process.cwd(), "dist", name);
  assert.ok(existsSync(path), `there is no ${path}: npm run build`);
  const script = `
    const nothing = new Proxy(class {}, { get: (of, name) => (name === "prototype" ? of.prototype : nothing), apply: () => nothing });
    const loader = require("node:module");
    const load = loader._load;
    loader._load = (name, ...more) => (name === "vscode" ? nothing : load(name, ...more));
    console.log(JSON.stringify(Object.keys(require(${JSON.stringify(path)}))));`;
  return JSON.parse(execFileSync(process.execPath, ["-e", script], { encoding: "utf8" })) as string[];
}

test("VS Code can load the extension, and the extension the language client", () => {
  assert.deepEqual(exported("extension.js"), ["activate", "deactivate"]);
  assert.deepEqual(exported("client.js"), ["Client"]);
});
