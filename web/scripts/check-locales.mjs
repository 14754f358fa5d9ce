// Both locale files hold the same keys with the same placeholders, every key that the code names
// exists, and no key is left unused. Fails the build otherwise.
//
// Keys are named in code by t("a.b") or <Trans i18nKey="a.b">; a group of keys chosen by a value of
// the server is named by label("group", value), see src/lib/labels.ts.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const src = fileURLToPath(new URL("../src", import.meta.url));
const plurals = { en: ["one", "other"], fr: ["one", "many", "other"] };

function flatten(tree, prefix = "", into = new Map()) {
  for (const [key, value] of Object.entries(tree)) {
    const path = prefix ? `${prefix}.${key}` : key;
    if (typeof value === "string") into.set(path, value);
    else flatten(value, path, into);
  }
  return into;
}

const problems = [];
const locales = {};
for (const language of ["en", "fr"]) {
  const flat = flatten(JSON.parse(readFileSync(join(src, `locales/${language}.json`), "utf8")));
  const base = new Map();
  for (const [key, text] of flat) {
    if (text.trim() === "") problems.push(`${language}: ${key} is empty`);
    const plural = /^(.*)_(one|many|other)$/.exec(key);
    const name = plural ? plural[1] : key;
    const entry = base.get(name) ?? { forms: new Set(), placeholders: new Set() };
    if (plural) entry.forms.add(plural[2]);
    for (const [, placeholder] of text.matchAll(/\{\{\s*(\w+)/g)) entry.placeholders.add(placeholder);
    base.set(name, entry);
  }
  for (const [name, { forms }] of base) {
    if (forms.size === 0) continue;
    for (const form of plurals[language]) {
      if (!forms.has(form)) problems.push(`${language}: ${name} has no form _${form}`);
    }
  }
  locales[language] = base;
}

const { en, fr } = locales;
for (const name of en.keys()) if (!fr.has(name)) problems.push(`fr: ${name} is missing`);
for (const name of fr.keys()) if (!en.has(name)) problems.push(`en: ${name} is missing`);
for (const [name, { placeholders }] of en) {
  const other = fr.get(name)?.placeholders ?? placeholders;
  if ([...placeholders].sort().join() !== [...other].sort().join()) {
    problems.push(`${name}: placeholders differ`);
  }
}

const used = new Set();
const groups = new Set();
for (const name of readdirSync(src, { recursive: true })) {
  const path = join(src, String(name));
  if (!statSync(path).isFile() || !/\.tsx?$/.test(path) || /\.(test|gen)\.|labels\.ts$/.test(path)) continue;
  const text = readFileSync(path, "utf8");
  for (const [, key] of text.matchAll(/\bt\(\s*"([^"]+)"/g)) used.add(key);
  for (const [, key] of text.matchAll(/(?:i18nKey|Key)[=:]\s*"([^"]+)"/g)) used.add(key);
  for (const [, group] of text.matchAll(/\blabel\(\s*"([^"]+)"/g)) groups.add(group);
  for (const [whole] of text.matchAll(/\bt\(\s*`[^`]*`/g)) problems.push(`${name}: ${whole} (use label())`);
}
for (const key of used) if (!en.has(key)) problems.push(`${key} is used but missing`);
for (const group of groups) {
  if (![...en.keys()].some((key) => key.startsWith(`${group}.`))) problems.push(`group ${group} is empty`);
}
for (const key of en.keys()) {
  const grouped = [...groups].some((group) => key.startsWith(`${group}.`));
  if (!grouped && !used.has(key)) problems.push(`${key} is never used`);
}

if (problems.length > 0) {
  console.error(`locales: ${problems.length} problems\n  ${problems.join("\n  ")}`);
  process.exit(1);
}
console.log(`locales: ${en.size} keys in en and fr, ${used.size} named in code`);
