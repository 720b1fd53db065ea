// Holds what the lab says of the corpus against what is true: npm run corpus, or npm run corpus -- WORD for some cases.
// With --write the table in docs/corpus.md is written anew.
import { writeFileSync } from "node:fs";
import { inWords, LabError } from "@envoy-mesh-lab/trace";
import { readCases } from "./corpus-case.ts";
import { docsFile, readDocs, withTable } from "./docs.ts";
import { judge, surprises } from "./judge.ts";
import { renderTable } from "./table.ts";

const words = process.argv.slice(2).filter((it) => it !== "--write");
const isWritten = process.argv.includes("--write");
const cases = await orSay(() => readCases().filter(({ name }) => words.every((word) => name.includes(word))));
if (cases.length === 0 || (isWritten && words.length > 0)) {
  console.error(
    cases.length === 0
      ? `no case of samples/corpus has "${words.join(" ")}" in its name`
      : "--write writes the table of all cases; leave out the word",
  );
  process.exit(2);
}
const judged = await orSay(() => Promise.all(cases.map(judge)));

console.log(renderTable(judged));
const wrong = judged.flatMap(({ name, wrong: what }) =>
  [...what].map(([it, how]) => `  ${name}: ${it}: ${how}`),
);
console.log(`\n${wrong.length} wrong${wrong.length === 0 ? "" : ":"}`);
for (const line of wrong) console.log(line);
const unknown = judged.flatMap(surprises);
console.log(`\n${unknown.length} that truth.yaml does not know${unknown.length === 0 ? "" : ":"}`);
for (const line of unknown) console.log(`  ${line}`);
if (isWritten) writeFileSync(docsFile, withTable(readDocs(), renderTable(judged)));
process.exitCode = unknown.length === 0 ? 0 : 1;

/** Ends with the words for the user when a case is none. */
async function orSay<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    console.error(inWords(error));
    process.exit(error.exitCode);
  }
}
