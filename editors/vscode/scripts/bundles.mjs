// The two bundles that are shipped, as options of esbuild. The tests of the view build it by the
// same ones.

import { leaveOut } from "./leave-out.mjs";

const inPlaceOf = (name) => `./src/chat/view/in-place-of/${name}`;

export const shared = {
  bundle: true,
  legalComments: "none",
  logLevel: "warning",
  charset: "utf8",
};

export const extension = {
  ...shared,
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.js",
  platform: "node",
  target: "node20",
  format: "cjs",
  mainFields: ["module", "main"],
  external: ["vscode"],
  plugins: [leaveOut],
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
