import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { readCases } from "./corpus-case.ts";
import { readDocs, withTable } from "./docs.ts";
import { judge, surprises } from "./judge.ts";
import { readPublicFiles } from "./public-cases.ts";
import { renderTable } from "./table.ts";

const judged = await Promise.all(readCases().map(judge));

suite("every case of the corpus is reported as it is, but for what is known to be wrong", () => {
  for (const one of judged) {
    test(one.name, () => assert.deepEqual(surprises(one), []));
  }
});

test("docs/corpus.md has the figures of today; `npm run corpus -- --write` writes them", () => {
  const docs = readDocs();
  assert.equal(docs, withTable(docs, renderTable(judged)));
});

test("the list of public files is whole: each says where it is to be had, and is there once", () => {
  const files = readPublicFiles();
  assert.ok(files.length >= 15);
  assert.equal(new Set(files.map((it) => it.truth.source.sha256)).size, files.length);
});
