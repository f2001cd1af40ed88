// What stands behind the `@` of a prompt: completes it, and tells the model what is named that
// is no file.

import { commands, env, languages, RelativePattern, SymbolKind, window, workspace, type SymbolInformation, type TextDocument } from "vscode";
import type { InputItem } from "../protocol";
import type { Completion } from "./messages";
import { best, fenced, mentions, SLASH, SPECIAL, type Special } from "./mentions";
import { fileName, type Folder } from "../folder";
import { isForeign, readingEditor } from "../requests";

const ITEMS = 30;

/** Characters of one thing that is told. */
const TOLD = 16 * 1024;

/** Problems that are told. */
const PROBLEMS = 30;

/** How long a list of files is used again. */
const FRESH = 5_000;

const lists = new Map<string, { at: number; files: Promise<string[]> }>();

/** What fits the text from its `@` or `/` on. */
export async function complete(folder: Folder, text: string): Promise<Completion[]> {
  if (text.startsWith("/")) {
    return Object.entries(SLASH)
      .filter(([name]) => name.startsWith(text.slice(1).toLowerCase()))
      .map(([name, { does }]) => ({ label: `/${name}`, insert: `/${name}`, detail: does }));
  }
  const typed = text.replace(/^@/, "");
  const special = Object.entries(SPECIAL)
    .filter(([name]) => typed !== "" ? name.startsWith(typed.toLowerCase()) : true)
    .map(([name, does]) => ({ label: `@${name}`, insert: `@${name}`, detail: does }));
  const [files, symbols] = await Promise.all([
    typed.startsWith("#") ? [] : filesOf(folder),
    typed.length < 2 ? [] : symbolsOf(folder, typed.replace(/^#/, "")),
  ]);
  const paths = best(files, typed, ITEMS).map((path) => {
    const slash = path.lastIndexOf("/");
    return { label: path.slice(slash + 1), insert: `@${path}`, detail: path.slice(0, Math.max(slash, 0)) };
  });
  const names = symbols.slice(0, ITEMS / 2).map((symbol) => ({
    label: symbol.name,
    insert: `@#${symbol.name.replace(/\(.*$/, "")}`,
    detail: `${SymbolKind[symbol.kind].toLowerCase()}, ${folder.short(symbol.location.uri.fsPath)}`,
  }));
  return [...special, ...paths, ...names].slice(0, ITEMS);
}

function filesOf(folder: Folder): Promise<string[]> {
  const key = folder.root.uri.toString();
  const known = lists.get(key);
  if (known && Date.now() - known.at < FRESH) return known.files;
  const pattern = new RelativePattern(folder.root, "**/*");
  // What the project ignores is seldom meant.
  const found = workspace.findFiles(pattern, "**/{node_modules,target,.git,dist,out}/**", 20_000);
  const files = Promise.resolve(found).then((uris) => uris.map((uri) => folder.short(uri.fsPath).replaceAll("\\", "/")));
  lists.set(key, { at: Date.now(), files });
  return files;
}

async function symbolsOf(folder: Folder, name: string): Promise<SymbolInformation[]> {
  const found = await commands.executeCommand<SymbolInformation[] | undefined>("vscode.executeWorkspaceSymbolProvider", name);
  const root = folder.root.uri.fsPath;
  return (found ?? []).filter(({ location }) => location.uri.scheme === "file" && location.uri.fsPath.startsWith(root));
}

/** What a message names that is in the editor, each as a text for the model. */
export async function resolve(folder: Folder, items: readonly InputItem[]): Promise<InputItem[]> {
  const text = items.flatMap((item) => (item.type === "text" ? [item.text] : [])).join("\n");
  const { special, symbols } = mentions(text);
  const told = [...(await Promise.all(special.map((name) => tell(folder, name)))), ...(await Promise.all(symbols.map((name) => define(folder, name))))];
  return told.flatMap((about) => (about === undefined ? [] : [{ type: "text", text: about } satisfies InputItem]));
}

async function tell(folder: Folder, name: Special): Promise<string | undefined> {
  if (name === "terminal") {
    const selected = await terminalSelection();
    return selected === undefined ? "Nothing is selected in the terminal." : `Selected in the terminal:\n${fenced(cut(selected), "console")}`;
  }
  const editor = readingEditor();
  if (!editor) return "No file is open in the editor.";
  const { document, selection } = editor;
  const path = nameOf(folder, document);
  if (name === "file") return `The file in the editor is ${path}:\n${fenced(cut(document.getText()), document.languageId)}`;
  if (name === "selection") return aboutSelection(folder) ?? `Nothing is selected; the cursor is in ${path}, line ${selection.active.line + 1}.`;
  const problems = languages.getDiagnostics(document.uri).filter(isForeign).slice(0, PROBLEMS);
  if (problems.length === 0) return `The editor shows no problems in ${path}.`;
  const severities = ["error", "warning", "information", "hint"];
  const lines = problems.map(
    (problem) => `- line ${problem.range.start.line + 1}, ${severities[problem.severity] ?? "problem"}${problem.source === undefined ? "" : ` (${problem.source})`}: ${problem.message}`,
  );
  return `Problems that the editor shows in ${path}:\n${cut(lines.join("\n"))}`;
}

/** The selection, with where it is; nothing where there is none. */
export function aboutSelection(folder: Folder): string | undefined {
  const editor = readingEditor();
  if (!editor || editor.selection.isEmpty) return undefined;
  const { document, selection } = editor;
  const last = selection.end.character === 0 && selection.end.line > selection.start.line ? selection.end.line : selection.end.line + 1;
  const [from, to] = [selection.start.line + 1, last];
  const where = from === to ? `line ${from}` : `lines ${from} to ${to}`;
  return `${nameOf(folder, document)}, ${where}:\n${fenced(cut(document.getText(selection)), document.languageId)}`;
}

/** What the model can find on the disk by its name, and what it cannot. */
function nameOf(folder: Folder, { uri }: TextDocument): string {
  if (uri.scheme === "file") return folder.short(uri.fsPath);
  const name = fileName(uri.path);
  return uri.scheme === "vscode-notebook-cell" ? `a cell of the notebook ${name}` : `${name} (not a file on the disk)`;
}

// VS Code tells what is selected in a terminal only through the clipboard, which gets back what it had.
async function terminalSelection(): Promise<string | undefined> {
  if (!window.activeTerminal) return undefined;
  const before = await env.clipboard.readText();
  await env.clipboard.writeText("");
  await commands.executeCommand("workbench.action.terminal.copySelection");
  const selected = await env.clipboard.readText();
  await env.clipboard.writeText(before);
  return selected === "" ? undefined : selected;
}

async function define(folder: Folder, name: string): Promise<string | undefined> {
  const found = await symbolsOf(folder, name);
  const symbol = found.find((it) => it.name.replace(/\(.*$/, "") === name) ?? found[0];
  if (!symbol) return `${name}: the editor knows no such symbol.`;
  const document = await workspace.openTextDocument(symbol.location.uri);
  const { range } = symbol.location;
  const from = range.start.line;
  const to = Math.min(Math.max(range.end.line, from + 20), document.lineCount - 1);
  const code = Array.from({ length: to - from + 1 }, (_, line) => document.lineAt(from + line).text).join("\n");
  return `${name} is in ${folder.short(document.uri.fsPath)}, line ${from + 1}:\n${fenced(cut(code), document.languageId)}`;
}

function cut(text: string): string {
  return text.length <= TOLD ? text : `${text.slice(0, TOLD)}\n… (${text.length - TOLD} characters are left out)`;
}
