// Bundles the extension and its chat view into dist/, or with --tests the tests into out/.
// --watch goes on; --development leaves names and source maps. Fails where what is to be
// shipped is larger than is promised.

import { build, context } from "esbuild";
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { apart, client, extension, shared, view } from "./scripts/bundles.mjs";

/** Bytes of all that VS Code loads of the extension. */
const LIMIT = 500_000;

const flags = new Set(process.argv.slice(2));
const isDevelopment = flags.has("--development") || flags.has("--watch");

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

/** The tests that VS Code loads into its extension host; they use the client that is shipped. */
const inHost = { ...extension, sourcemap: "inline", entryPoints: ["test/host/index.ts"], outfile: "out/host.js", plugins: [apart("../dist/client.js")] };

/** Says how large what is shipped is; whether that is as promised. */
function isSmall() {
  const sizes = readdirSync("dist").map((name) => ({ name, size: statSync(join("dist", name)).size }));
  const sum = sizes.reduce((all, { size }) => all + size, 0);
  console.log(`dist: ${sum} bytes of ${LIMIT} (${sizes.map(({ name, size }) => `${name} ${size}`).join(", ")})`);
  if (sum > LIMIT) console.error(`dist has ${sum - LIMIT} bytes more than it may have`);
  return sum <= LIMIT;
}

if (flags.has("--tests")) {
  rmSync("out", { recursive: true, force: true });
  await Promise.all([build(tests()), build(inHost)]);
} else {
  const bundles = [extension, client, view].map((bundle) => ({ ...bundle, minify: !isDevelopment, sourcemap: isDevelopment ? "linked" : false }));
  rmSync("dist", { recursive: true, force: true });
  if (flags.has("--watch")) {
    for (const bundle of bundles) await (await context(bundle)).watch();
  } else {
    await Promise.all(bundles.map((bundle) => build(bundle)));
    if (!isDevelopment && !isSmall()) process.exitCode = 1;
  }
}
