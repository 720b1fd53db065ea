// Holds what the lab says of the corpus against what is true: npm run corpus, or npm run corpus -- WORD for some cases.
// With --write the table in docs/corpus.md is written anew. With --public FOLDER the cases are the public files of
// samples/public that the folder has; nothing is fetched.
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { inWords, LabError } from "@envoy-mesh-lab/trace";
import type { CorpusCase } from "./corpus-case.ts";
import { readCases } from "./corpus-case.ts";
import { docsFile, readDocs, withTable } from "./docs.ts";
import { judge, surprises, wrongAndUntold } from "./judge.ts";
import { readPublicCases } from "./public-cases.ts";
import { renderTable } from "./table.ts";

const { values: flags, positionals: words } = parseArgs({
  options: { write: { type: "boolean", default: false }, public: { type: "string" } },
  allowPositionals: true,
});
const isWritten = flags.write;
const cases = await orSay(() => allCases().filter(({ name }) => words.every((word) => name.includes(word))));
if (cases.length === 0 || (isWritten && (words.length > 0 || flags.public !== undefined))) {
  console.error(
    cases.length === 0
      ? `no case has "${words.join(" ")}" in its name`
      : "--write writes the table of all cases of samples/corpus; leave out the rest",
  );
  process.exit(2);
}
const judged = await orSay(() => Promise.all(cases.map(judge)));

console.log(renderTable(judged));
for (const [list, title] of [
  ["wrong", "wrong"],
  ["untold", "that the trace does not tell"],
] as const) {
  const lines = judged.flatMap((it) =>
    wrongAndUntold(it)[list].map((what) => `  ${it.name}: ${what}: ${it.wrong.get(what)}`),
  );
  console.log(`\n${lines.length} ${title}${lines.length === 0 ? "" : ":"}`);
  for (const line of lines) console.log(line);
}
const unknown = judged.flatMap(surprises);
console.log(`\n${unknown.length} that truth.yaml does not know${unknown.length === 0 ? "" : ":"}`);
for (const line of unknown) console.log(`  ${line}`);
if (isWritten) writeFileSync(docsFile, withTable(readDocs(), renderTable(judged)));
process.exitCode = unknown.length === 0 ? 0 : 1;

/** The cases to judge; says which public files the folder lacks. */
function allCases(): CorpusCase[] {
  if (flags.public === undefined) return readCases();
  const { cases, missing } = readPublicCases(resolve(process.env.INIT_CWD ?? process.cwd(), flags.public));
  for (const it of missing) console.error(`not in ${flags.public}: ${it}`);
  return cases;
}

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
