import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { readCases } from "./corpus-case.ts";
import { readDocs, withTable } from "./docs.ts";
import { judge, surprises } from "./judge.ts";
import { renderTable } from "./table.ts";

const judged = await Promise.all(readCases().map(judge));

suite("every case of the corpus is told as it is, but for what is known to be wrong", () => {
  for (const one of judged) {
    test(one.name, () => assert.deepEqual(surprises(one), []));
  }
});

test("docs/corpus.md has the figures of today; `npm run corpus -- --write` writes them", () => {
  const docs = readDocs();
  assert.equal(docs, withTable(docs, renderTable(judged)));
});
