import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { drawnTrace } from "@envoy-mesh-lab/trace/testing";
import { commentsOn } from "./comments.ts";
import { nextHint } from "./hints.ts";

const folder = mkdtempSync(join(tmpdir(), "envoy-mesh-lab-"));
after(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, "a.ts"), "header.set(traceparent)\n");
const drawn = [drawnTrace("a SERVER 0-10")];
const grade = (ok: boolean) => ({ ok, checks: [{ name: "x", ok, items: [], traceIds: [], drawn }] });
const of = (rule: object, ok = true) =>
  commentsOn({ comments: [{ say: "it works", ...rule }] as never }, grade(ok), folder).length === 1;

test("a comment is said by what the file has and lacks, and by what the traces show", () => {
  assert.equal(of({ file: "a.ts", has: "header\\.set" }), true);
  assert.equal(of({ file: "a.ts", has: "header\\.set", lacks: "inject" }), true);
  assert.equal(of({ file: "a.ts", has: "inject" }), false);
  assert.equal(of({ file: "a.ts", lacks: "header" }), false);
  assert.equal(of({ file: "gone.ts", has: "header" }), false);
  assert.equal(of({ spans: { service: "a", kind: "server" } }), true);
  assert.equal(of({ spans: { service: "b" } }), false);
});

test("nothing is said of what does not pass", () => {
  assert.equal(of({ file: "a.ts", has: "header" }, false), false);
});

test("the next hint is one for what is still wrong, and else the next for everybody", () => {
  const hints = ["first", { when: ["hop.missing" as const], say: "which direction?" }, "second"];
  const told = (places: number[], ...codes: string[]) =>
    nextHint(
      hints,
      places,
      codes.map((code) => ({ code })),
    )?.text;
  assert.equal(told([]), "first");
  assert.equal(told([], "hop.missing"), "which direction?");
  assert.equal(told([1], "hop.missing"), "first");
  assert.equal(told([0]), "second");
  assert.equal(told([0, 2]), undefined);
  assert.equal(told([0, 2], "hop.missing"), "which direction?");
});
