// Writes the settings `tiro.config.*` of the manifest from the JSON Schema of the server's
// configuration file: `tiro schema --config | node scripts/settings.mjs`. With --check it only
// compares, and fails where the manifest is stale.

import { readFileSync, writeFileSync } from "node:fs";
import { text } from "node:stream/consumers";

const TITLE = "Agent";
const manifestUrl = new URL("../package.json", import.meta.url);

/** What a folder may set for itself: nothing of it lets the agent do more, or spend more. */
const OF_A_FOLDER = new Set(["instructions", "model_context_window", "temperature"]);

/** Only the person's own file has them. */
const LEFT_OUT = new Set(["workspaces"]);

/** Nothing set: the server's own files count, then its defaults. */
const UNSET = null;

function resolved(schema, defs) {
  const name = schema.$ref?.replace("#/$defs/", "");
  return name === undefined ? schema : { ...resolved(defs[name], defs), ...(schema.description ? { description: schema.description } : {}) };
}

/** A schema as VS Code takes it: no references, no formats that it does not know. */
function plain(schema, defs) {
  const { $ref: _ref, format: _format, default: _default, minimum, ...rest } = resolved(schema, defs);
  const result = { ...rest };
  if (minimum !== undefined) result.minimum = minimum;
  for (const key of ["anyOf", "oneOf"]) {
    if (!result[key]) continue;
    const variants = result[key].map((variant) => plain(variant, defs)).filter((variant) => variant.type !== "null");
    delete result[key];
    if (variants.every((variant) => "const" in variant)) {
      result.type = "string";
      result.enum = variants.map((variant) => variant.const);
      result.enumDescriptions = variants.map((variant) => oneLine(variant.description));
    } else if (variants.length === 1) {
      Object.assign(result, variants[0], result.description ? { description: result.description } : {});
    } else {
      result[key] = variants;
    }
  }
  if (Array.isArray(result.type)) {
    const types = result.type.filter((type) => type !== "null");
    result.type = types.length === 1 ? types[0] : types;
  }
  if (result.items) result.items = plain(result.items, defs);
  if (result.additionalProperties) result.additionalProperties = plain(result.additionalProperties, defs);
  if (result.properties) {
    result.properties = Object.fromEntries(Object.entries(result.properties).map(([name, value]) => [name, plain(value, defs)]));
  }
  if (result.description) result.description = oneLine(result.description);
  return result;
}

function oneLine(description) {
  return (description ?? "").replace(/\s*\n\s*/g, " ").trim();
}

function settings(schema) {
  const defs = schema.$defs ?? {};
  const entries = Object.entries(schema.properties)
    .filter(([name]) => !LEFT_OUT.has(name))
    .map(([name, value]) => {
      const { type, description, ...rest } = plain(value, defs);
      const nullable = [...(Array.isArray(type) ? type : [type]), "null"];
      const choices = rest.enum
        ? { enum: [...rest.enum, UNSET], enumDescriptions: [...rest.enumDescriptions, "As in the configuration files, else the default"] }
        : {};
      const setting = {
        ...rest,
        ...choices,
        type: nullable,
        default: UNSET,
        scope: OF_A_FOLDER.has(name) ? "resource" : "machine",
        markdownDescription: `${description} Sets \`${name}\` over the configuration files; counts after the server is restarted.`,
      };
      return [`tiro.config.${name}`, setting];
    });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const committed = readFileSync(manifestUrl, "utf8");
const manifest = JSON.parse(committed);
const sections = manifest.contributes.configuration;
const section = sections.find(({ title }) => title === TITLE);
if (!section) throw new Error(`package.json has no section of settings with the title ${TITLE}`);
section.properties = settings(JSON.parse(await text(process.stdin)));
const fresh = `${JSON.stringify(manifest, null, 2)}\n`;
if (fresh === committed) {
  console.log("the settings in package.json are fresh");
} else if (process.argv.includes("--check")) {
  console.error("the settings in package.json are stale: run make schema and commit it");
  process.exitCode = 1;
} else {
  writeFileSync(manifestUrl, fresh);
  console.log("the settings in package.json are written");
}
