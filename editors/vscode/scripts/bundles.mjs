// The bundles that are shipped, as options of esbuild: what VS Code loads to activate the
// extension, what is loaded with the first server, and the page of the view.

import { leaveOut } from "./leave-out.mjs";

const inPlaceOf = (name) => `./src/chat/view/in-place-of/${name}`;

export const shared = {
  bundle: true,
  legalComments: "none",
  logLevel: "warning",
  charset: "utf8",
};

const host = {
  ...shared,
  platform: "node",
  target: "node20",
  format: "cjs",
  mainFields: ["module", "main"],
  external: ["vscode"],
};

/** The language client, which is most of the code, is a bundle of its own, that is found at this path. */
export const apart = (path) => ({
  name: "apart",
  setup(build) {
    build.onResolve({ filter: /^\.\/server\/client$/ }, ({ kind }) => (kind === "dynamic-import" ? { path, external: true } : undefined));
  },
});

export const extension = {
  ...host,
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.js",
  // The loader of VS Code is that of `require`.
  supported: { "dynamic-import": false },
  plugins: [apart("./client.js")],
};

export const client = {
  ...host,
  entryPoints: ["src/server/client.ts"],
  outfile: "dist/client.js",
  plugins: [leaveOut],
  // The other form of it, which the language client names, is a third larger.
  alias: { "vscode-languageserver-types": "./node_modules/vscode-languageserver-types/lib/esm/main.js" },
};

export const view = {
  ...shared,
  entryPoints: ["src/chat/view/main.tsx"],
  outfile: "dist/view.js",
  platform: "browser",
  target: "chrome128",
  format: "iife",
  jsx: "automatic",
  jsxImportSource: "preact",
  alias: {
    entities: inPlaceOf("entities.ts"),
    "uc.micro": inPlaceOf("uc.micro.ts"),
    "linkify-it": inPlaceOf("unused.ts"),
    mdurl: inPlaceOf("unused.ts"),
    "punycode.js": inPlaceOf("unused.ts"),
  },
};
