import assert from "node:assert/strict";
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, suite, test } from "node:test";
import { samples } from "../../testing/places.ts";
import type { Trace } from "../model.ts";
import { followFile } from "./follow.ts";

const recorded = readFileSync(join(samples, "five-calls", "collector-file.jsonl"), "utf8");
const lines = recorded.trimEnd().split("\n");
const deadline = 20_000;

/** A line of the recorded file with other trace ids. */
const line = (i: number, name: string) =>
  `${(lines[i] as string).replaceAll(/"traceId":"[0-9a-f]{8}/g, `"traceId":"${name.padStart(8, "0")}`)}\n`;

suite("following a file", () => {
  let folder: string;
  let file: string;
  let stop: AbortController;
  let open: AsyncGenerator<Trace>[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "lab-follow-"));
    file = join(folder, "traces.jsonl");
    stop = new AbortController();
    open = [];
  });
  afterEach(async () => {
    stop.abort();
    for (const traces of open) await traces.return(undefined);
    rmSync(folder, { recursive: true });
  });

  const follow = (quietMs = 50) => {
    const notices: string[] = [];
    const traces = followFile(file, {
      signal: AbortSignal.any([stop.signal, AbortSignal.timeout(deadline)]),
      quietMs,
      notice: (text) => notices.push(text),
    });
    open.push(traces);
    return { traces, notices };
  };
  const next = async (traces: AsyncGenerator<Trace>): Promise<Trace> => {
    const { value, done } = await traces.next();
    assert.ok(!done, "a trace came before the deadline");
    return value;
  };

  test("waits for the file and for the end of a line, and gives each trace once it is quiet", async () => {
    const { traces, notices } = follow();
    const first = next(traces);
    writeFileSync(file, line(0, "a1").slice(0, 500));
    appendFileSync(file, line(0, "a1").slice(500));
    assert.match((await first).traceId, /^000000a1/);
    appendFileSync(file, line(1, "b2"));
    assert.match((await next(traces)).traceId, /^000000b2/);
    assert.deepEqual(notices, []);
  });

  test("goes on with the new file after a rotation", async () => {
    writeFileSync(file, line(0, "a1"));
    const { traces } = follow();
    assert.match((await next(traces)).traceId, /^000000a1/);
    renameSync(file, join(folder, "traces-old.jsonl"));
    writeFileSync(file, line(0, "b2"));
    assert.match((await next(traces)).traceId, /^000000b2/);
  });

  test("begins anew when the file was truncated", async () => {
    writeFileSync(file, line(0, "a1") + line(1, "a1"));
    const { traces } = follow();
    assert.match((await next(traces)).traceId, /^000000a1/);
    truncateSync(file, 0);
    const second = next(traces);
    writeFileSync(file, line(0, "c3"));
    assert.match((await second).traceId, /^000000c3/);
  });

  test("tells of spans that come after their trace was given", async () => {
    writeFileSync(file, line(0, "a1"));
    const { traces } = follow();
    const { traceId } = await next(traces);
    appendFileSync(file, line(1, "a1"));
    const late = await next(traces);
    assert.equal(late.traceId, traceId);
    assert.ok(late.quirks?.some((it) => it.code === "late-span"));
  });

  test("gives what is there when it is told to end, and ends", async () => {
    writeFileSync(file, line(0, "a1"));
    const { traces } = follow(deadline);
    const first = traces.next();
    const poll = setInterval(() => stop.abort(), 300);
    try {
      const { value } = await first;
      assert.match((value as Trace).traceId, /^000000a1/);
      assert.equal((await traces.next()).done, true);
    } finally {
      clearInterval(poll);
    }
  });

  test("a file that does not appear is an error", async () => {
    const traces = followFile(file, { signal: stop.signal, appearMs: 150, notice: assert.fail });
    await assert.rejects(traces.next(), {
      name: "LabError",
      exitCode: 2,
      message: /there is no such file \(waited/,
    });
  });
});
