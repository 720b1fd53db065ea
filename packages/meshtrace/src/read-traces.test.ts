import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { samples } from "@envoy-mesh-lab/trace/testing";
import { readIds as read } from "../testing/read-ids.ts";

const folder = `${samples}/five-calls/`;
const lines = `${folder}collector-file.jsonl`;
const bidi = "9c6b665def7f65f42b292451f54b568b";

suite("where traces come from", () => {
  test("several files, of several formats", async () => {
    const files = ["collector-file.jsonl", "tempo-v1.json", "tempo-v2.binpb"].map((it) => `${folder}${it}`);
    assert.equal((await read("--from", ...files)).length, 5);
  });

  test("files without --from", async () => {
    assert.equal((await read(lines)).length, 5);
    assert.deepEqual(await read(lines, bidi), [bidi]);
    assert.equal((await read(lines, "--from", `${folder}tempo-v1.json`)).length, 5);
    await assert.rejects(read(`${folder}none.json`), { exitCode: 2, message: /no such file/ });
  });

  test("a folder, in which what is no trace data is left out", async () => {
    assert.equal((await read("--from", folder)).length, 8);
  });

  test("only the traces that are asked for", async () => {
    assert.deepEqual(await read(bidi, "--from", lines), [bidi]);
    assert.deepEqual(await read("--from", lines, bidi), [bidi], "also behind the files");
    assert.deepEqual(await read(bidi.toUpperCase(), "--from", lines), [bidi]);
    await assert.rejects(read("f".repeat(32), "--from", lines), {
      exitCode: 10,
      message: /no span of trace ffff/,
    });
  });

  test("a format that is said is the only one that is taken", async () => {
    assert.equal((await read("--format", "otlp", "--from", lines)).length, 5);
    await assert.rejects(read("--format", "zipkin", "--from", lines), { exitCode: 2, message: /not zipkin/ });
    await assert.rejects(read("--format", "otlp-proto", "--from", lines), {
      exitCode: 2,
      message: /is JSON/,
    });
    await assert.rejects(read("--format", "otlp", "--from", `${folder}tempo-v1.binpb`), {
      exitCode: 2,
      message: /is protobuf/,
    });
  });

  test("a file that is missing, and one without a span", async () => {
    await assert.rejects(read("--from", `${folder}none.json`), {
      exitCode: 2,
      message: /none\.json: there is no such file/,
    });
    await assert.rejects(read("--from", `${folder}README.md`), { exitCode: 2, message: /begins with/ });
  });

  for (const args of [
    ["--from", lines, "--query", "{}"],
    ["--follow"],
    ["--format", "otlp"],
    [bidi, "--since", "1h"],
    ["--from", lines, lines, "--follow"],
    ["--start", "2026-11-24T12:00:00Z", "--end", "2026-11-24T11:00:00Z"],
  ]) {
    test(`refused: ${args.join(" ").replaceAll(folder, "")}`, async () => {
      await assert.rejects(read(...args), { exitCode: 2, message: /do not go together/ });
    });
  }

  for (const args of [
    ["--since", "soon"],
    ["--start", "yesterday"],
    ["--limit", "0"],
    ["--format", "xml"],
  ]) {
    test(`refused: ${args.join(" ")}`, async () => {
      await assert.rejects(read(...args), { name: /CommanderError|InvalidArgumentError/ });
    });
  }
});
