// Bundles the extension and its chat view into dist/, or with --tests the tests into out/.
// --watch goes on; --development leaves names and source maps.

import { build, context } from "esbuild";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";

const flags = new Set(process.argv.slice(2));
const isDevelopment = flags.has("--development") || flags.has("--watch");

const shared = {
  bundle: true,
  minify: !isDevelopment,
  sourcemap: isDevelopment ? "linked" : false,
  legalComments: "none",
  logLevel: "warning",
  charset: "utf8",
};

const extension = {
  ...shared,
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.js",
  platform: "node",
  target: "node20",
  format: "cjs",
  mainFields: ["module", "main"],
  external: ["vscode"],
};

const view = {
  ...shared,
  entryPoints: ["src/chat/view/main.tsx"],
  outfile: "dist/view.js",
  platform: "browser",
  target: "chrome128",
  format: "iife",
  jsx: "automatic",
  jsxImportSource: "preact",
};

/** All files below `directory` that end in one of these ways. */
function below(directory, endings) {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return below(path, endings);
    return endings.some((ending) => entry.name.endsWith(ending)) ? [path] : [];
  });
}

function tests() {
  const entryPoints = ["src", "test"].flatMap((directory) => below(directory, [".test.ts", ".test.tsx"]));
  return {
    ...shared,
    minify: false,
    sourcemap: "inline",
    entryPoints: entryPoints.map((path) => ({ in: path, out: relative(".", path).replace(/\.tsx?$/, "") })),
    outdir: "out",
    outExtension: { ".js": ".mjs" },
    platform: "node",
    target: "node20",
    format: "esm",
    jsx: "automatic",
    jsxImportSource: "preact",
    packages: "external",
    loader: { ".css": "empty" },
  };
}

/** The tests that VS Code loads into its extension host. */
const inHost = { ...extension, minify: false, entryPoints: ["test/host/index.ts"], outfile: "out/host.js" };

if (flags.has("--tests")) {
  rmSync("out", { recursive: true, force: true });
  await Promise.all([build(tests()), build(inHost)]);
} else {
  const bundles = [extension];
  if (existsSync(view.entryPoints[0])) bundles.push(view);
  rmSync("dist", { recursive: true, force: true });
  if (flags.has("--watch")) {
    for (const bundle of bundles) await (await context(bundle)).watch();
  } else {
    await Promise.all(bundles.map((bundle) => build(bundle)));
  }
}
