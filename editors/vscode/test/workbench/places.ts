// Where what the tests need was put, and whether it is there.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const target = process.env["TIRO_TARGET"] ?? join(process.cwd(), "..", "..", "target");
export const installed = process.env["TIRO_CODE_SERVER"] ?? join(target, "editors", "code-server");
export const packages = join(installed, "server", "node_modules", "code-server");
/** The program that the tests are about. */
export const server = process.env["TIRO_BINARY"] ?? join(target, "debug", "tiro");

/** For `suite`: skipped without a VS Code. */
export const needsEditor = { skip: absent(), timeout: 240_000 } as const;

function absent(): string | false {
  const missing = [join(installed, "ready"), server].find((path) => !existsSync(path));
  if (missing === undefined) return false;
  // On the machine that decides that is a failure, unless nothing of a VS Code can be had there, as the set-up has said.
  const why = join(installed, "missing");
  const isNothing = existsSync(why) && !["chromium", "node", "server"].some((name) => existsSync(join(installed, name)));
  if (process.env["CI"] === "true" && !isNothing) return false;
  return `SKIPPED: ${existsSync(why) ? readFileSync(why, "utf8").trim() : `there is no ${missing}; \`make vscode-jobs\` sees to it`}`;
}

/** The VSIX for every platform, which `make vscode` made. */
export function universal(): string {
  const name = readdirSync(target).find((it) => /^tiro-\d[\d.]*\.vsix$/.test(it));
  if (name === undefined) throw new Error(`there is no VSIX in ${target}: make vscode`);
  return join(target, name);
}
