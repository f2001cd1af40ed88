// What is left out of the bundles although a library has it: an esbuild plugin. Each is a file of
// a library that nothing here runs; the build fails where one is no longer there by that name.

/** Features of the language client that the server has no answer for, once events are on. */
const FEATURES = [
  "callHierarchy", "codeLens", "colorProvider", "completion", "declaration", "definition", "diagnostic", "documentHighlight", "documentLink",
  "documentSymbol", "executeCommand", "fileOperations", "fileSystemWatcher", "foldingRange", "formatting", "hover", "implementation", "inlayHint",
  "inlineCompletion", "inlineValue", "linkedEditingRange", "notebook", "progress", "progressPart", "reference", "rename", "selectionRange", "semanticTokens",
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

const matching = (directory, files) => new RegExp(`[\\\\/]${directory.replace(/[.]/g, "\\.").replace(/[/]/g, "[\\\\/]")}(?:${files.join("|")})\\.js$`);

/** For the bundle of the language client. */
export const leaveOut = {
  name: "leave-out",
  setup(build) {
    const left = new Set();
    for (const { directory, files, contents } of PARTS) {
      build.onLoad({ filter: matching(directory, files) }, ({ path }) => {
        left.add(path);
        return { contents, loader: "js" };
      });
    }
    build.onStart(() => left.clear());
    build.onEnd(() => {
      const expected = PARTS.reduce((sum, { files }) => sum + files.length, 0);
      if (left.size !== expected) return { errors: [{ text: `${expected} files of libraries are to be left out, and ${left.size} are there` }] };
      return undefined;
    });
  },
};
