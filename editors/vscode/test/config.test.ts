import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { page } from "../src/chat/html";
import { chosen, keyVariables, overrides } from "../src/config/overrides";

interface Manifest {
  version: string;
  contributes: {
    commands: { command: string }[];
    menus: Record<string, { command?: string }[]>;
    keybindings: { command: string }[];
    configuration: { properties: Record<string, { scope?: string; default?: unknown; description?: string; markdownDescription?: string }> }[];
    walkthroughs: { steps: { description: string; media: { markdown: string } }[] }[];
  };
  capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } };
}

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
const settings = Object.assign({}, ...manifest.contributes.configuration.map(({ properties }) => properties)) as Manifest["contributes"]["configuration"][number]["properties"];

test("only what a person set goes to the server, the nearest first", () => {
  const values: Record<string, object> = {
    model: { globalValue: "a", workspaceFolderValue: "b" },
    temperature: { globalValue: 0 },
    instructions: { globalValue: null },
  };
  assert.deepEqual(overrides(["model", "temperature", "instructions", "absent"], (key) => values[key]), { model: "b", temperature: 0 });
  assert.equal(chosen(undefined), undefined);
});

test("variables for keys are those of the person's providers and the known ones", () => {
  assert.deepEqual(keyVariables({ local: { env_key: "LOCAL_KEY" }, bad: { env_key: "rm -rf" }, none: {} }).slice(0, 2), ["LOCAL_KEY", "OPENAI_API_KEY"]);
  assert.equal(keyVariables(null).length, 3);
});

test("what loosens cannot be set by a folder", () => {
  const names = Object.keys(settings).filter((name) => name.startsWith("tiro.config."));
  for (const key of ["approval_policy", "sandbox_permissions", "model_providers", "command_timeout_ms", "model"]) {
    assert.equal(settings[`tiro.config.${key}`]?.scope, "machine", key);
  }
  const ofFolder = names.filter((name) => settings[name]?.scope === "resource");
  const restricted = manifest.capabilities.untrustedWorkspaces.restrictedConfigurations;
  for (const name of ofFolder) assert.ok(restricted.includes(name), `${name} counts in a workspace that is not trusted`);
  for (const name of restricted) assert.ok(name in settings, `${name} is no setting`);
});

test("no setting holds a key, and each says what it does", () => {
  for (const [name, setting] of Object.entries(settings)) {
    assert.doesNotMatch(name, /api_?key|secret|token$/i);
    assert.ok(setting.description ?? setting.markdownDescription, `${name} has no description`);
  }
});

test("every command of a menu, a key or a walkthrough is there", () => {
  const known = new Set(manifest.contributes.commands.map(({ command }) => command));
  const used = [
    ...Object.values(manifest.contributes.menus).flat().flatMap(({ command }) => (command === undefined ? [] : [command])),
    ...manifest.contributes.keybindings.map(({ command }) => command),
    ...manifest.contributes.walkthroughs.flatMap(({ steps }) => steps.flatMap(({ description }) => [...description.matchAll(/\(command:([\w.]+)\)/g)].map(([, command]) => command ?? ""))),
  ];
  assert.deepEqual(used.filter((command) => !known.has(command)), []);
  for (const { media } of manifest.contributes.walkthroughs.flatMap(({ steps }) => steps)) assert.ok(readFileSync(media.markdown, "utf8").length > 0);
});

test("the page of the chat runs its own script and nothing else", () => {
  const html = page({ source: "https://source", nonce: "n0nce", script: "s.js", style: "s.css", language: 'en"><script>' });
  const policy = /content="([^"]*)"/.exec(html)?.[1] ?? "";
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /script-src 'nonce-n0nce'/);
  assert.doesNotMatch(policy, /unsafe|\*/);
  assert.equal(html.match(/<script/g)?.length, 1);
});
