import assert from "node:assert/strict";
import { test } from "node:test";
import { againstOf } from "./against.ts";
import { ownHost } from "./own-host.ts";

const id = "0af7651916cd43dd8448eb211c80319c";
const search = { query: '{ name = "a" }', since: 1000, limit: 5, tempo: "http://127.0.0.1:3200" };

test("files, folders and standard input; nothing of A's search, nor its --follow", () => {
  assert.deepEqual(
    againstOf(["b.json", "-"], { ...search, from: ["a.json"], follow: true, format: "otlp" }, ownHost),
    {
      ids: [],
      flags: { tempo: search.tempo, from: ["b.json", "-"], format: "otlp" },
      source: "b.json, -",
    },
  );
  assert.deepEqual(againstOf(["b.json", id], {}, ownHost).flags, { from: ["b.json", id] });
});

test("trace ids are of Tempo, whatever A is read from", () => {
  assert.deepEqual(againstOf([id, "last"], { from: ["a.json"], format: "zipkin" }, ownHost), {
    ids: [id, "last"],
    flags: {},
    source: `${id}, last`,
  });
});

test("a TraceQL query has the window that A has", () => {
  assert.deepEqual(againstOf(['{ name = "b" }'], search, ownHost).flags, {
    ...search,
    query: '{ name = "b" }',
  });
});

test("a query beside something else is wrong usage", () => {
  assert.throws(() => againstOf(["{", "}"], {}, ownHost), {
    name: "LabError",
    exitCode: 2,
    message: /stands alone/,
  });
});
