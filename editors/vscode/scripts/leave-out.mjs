// What is left out of the bundles although a library has it: an esbuild plugin. Each is a file of
// a library that nothing here runs; the build fails where one is no longer there by that name.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** Features of the language client that the server has no answer for, once events are on. */
const FEATURES = [
  "callHierarchy", "codeLens", "colorProvider", "completion", "declaration", "definition", "diagnostic", "documentHighlight", "documentLink",
  "documentSymbol", "executeCommand", "fileOperations", "fileSystemWatcher", "foldingRange", "formatting", "hover", "implementation", "inlayHint",
  "inlineCompletion", "inlineValue", "linkedEditingRange", "notebook", "reference", "rename", "selectionRange", "semanticTokens",
  "signatureHelp", "typeDefinition", "typeHierarchy", "workspaceFolder", "workspaceSymbol",
];

/** The messages of those features that have a file of their own. Those of inlay hints and semantic tokens are not among them: the client reads their names when it is loaded. */
const MESSAGES = [
  "callHierarchy", "colorProvider", "declaration", "diagnostic", "fileOperations", "foldingRange", "implementation",
  "inlineCompletion", "inlineValue", "linkedEditingRange", "moniker", "notebook", "selectionRange", "typeDefinition", "typeHierarchy",
];

const PARTS = [
  // The language client makes each of its features; these do nothing, and `Client` does not take them.
  { directory: "vscode-languageclient/lib/common/", files: FEATURES, contents: "module.exports = new Proxy({}, { get: () => class {} });" },
  { directory: "vscode-languageserver-protocol/lib/common/protocol.", files: MESSAGES, contents: "module.exports = {};" },
  { directory: "vscode-languageclient/lib/common/utils/", files: ["uuid"], contents: 'exports.generateUuid = () => require("node:crypto").randomUUID();' },
  // A way to cancel that has to be asked for.
  { directory: "vscode-jsonrpc/lib/common/", files: ["sharedArrayCancellation"], contents: "module.exports = {};" },
];

/** The other files of both, and what they have without being of use. */
const REST = /[\\/]vscode-(?:languageclient|languageserver-protocol|jsonrpc)[\\/]lib[\\/].*\.js$/;

/** A line that hands on what a file that is left out had, and the name of that. */
const HANDED_ON = new RegExp(`^Object\\.defineProperty\\(exports, "(\\w+)", \\{ .* return protocol_(?:${MESSAGES.join("|")})_1\\..*$`, "gm");

/** Of what is gone, what `Client` answers in the place of the code that reads it. */
const ANSWERED = new Set(["NotebookDocumentSyncRegistrationType"]);

/** The list of its exports that a file begins with: it is for files that ask for one another, and those that take over all of another one. */
const ANNOUNCED = /^(?:exports\.\w+ = )+void 0;$/m;

const matching = (directory, files) => new RegExp(`[\\\\/]${directory.replace(/[.]/g, "\\.").replace(/[/]/g, "[\\\\/]")}(?:${files.join("|")})\\.js$`);

/** For the bundle of the language client. */
export const leaveOut = {
  name: "leave-out",
  setup(build) {
    const left = new Set();
    const index = readFileSync(createRequire(import.meta.url).resolve("vscode-languageserver-protocol/lib/common/protocol.js"), "utf8");
    const gone = [...index.matchAll(HANDED_ON)].map(([, name]) => name).filter((name) => !ANSWERED.has(name));
    const reads = new RegExp(`(?<!exports)\\.(${gone.join("|")})\\b`);
    for (const { directory, files, contents } of PARTS) {
      build.onLoad({ filter: matching(directory, files) }, ({ path }) => {
        left.add(path);
        return { contents, loader: "js" };
      });
    }
    build.onLoad({ filter: REST }, ({ path }) => {
      const text = readFileSync(path, "utf8").replace(HANDED_ON, "");
      const read = reads.exec(text)?.[1];
      if (read !== undefined) return { errors: [{ text: `${path} reads ${read}, which is left out` }] };
      return { contents: text.includes("__exportStar(") ? text : text.replace(ANNOUNCED, ""), loader: "js" };
    });
    build.onStart(() => left.clear());
    build.onEnd(() => {
      const expected = PARTS.reduce((sum, { files }) => sum + files.length, 0);
      if (left.size !== expected) return { errors: [{ text: `${expected} files of libraries are to be left out, and ${left.size} are there` }] };
      return undefined;
    });
  },
};
