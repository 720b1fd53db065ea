import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { indexTrace } from "@envoy-mesh-lab/trace";
import { drawnTrace } from "@envoy-mesh-lab/trace/testing";
import { gradeAnswers, ownTimeMs, readAnswers, truthOf } from "./answers.ts";

const index = indexTrace(
  drawnTrace(`
    edge/inbound SERVER 0-100
      edge/inbound CLIENT 2-98
        gateway SERVER 5-95
          gateway CLIENT 10-30
          gateway CLIENT 20-40
            backend SERVER 22-30 id=beef
`),
);
const question = (truth: object, key = "q") =>
  ({ key, ask: "a question", look: "look here", truth }) as never;
const isRight = (truth: object, answer: unknown) =>
  gradeAnswers(index, [question(truth)], { q: answer })[0]?.ok;

test("own time leaves out what children took, together and not twice", () => {
  const gateway = index.spans.findIndex(
    (it) => it.resource["service.name"] === "gateway" && it.kind === "server",
  );
  assert.equal(Math.round(ownTimeMs(index, gateway)), 60);
});

suite("the truth of a trace", () => {
  test("counts, ids, services and times", () => {
    assert.equal(truthOf(index, question({ count: { role: "proxy" } })), 2);
    assert.equal(truthOf(index, question({ spanId: { where: { service: "backend" } } })), "beef");
    assert.equal(truthOf(index, question({ service: { most: "ownTime" } })), "gateway");
    assert.equal(truthOf(index, question({ service: { most: "duration" } })), "edge");
    assert.equal(truthOf(index, question({ spanId: { where: { service: "nobody" } } })), undefined);
    assert.equal(truthOf(undefined, question({ count: {} })), undefined);
    assert.equal(truthOf(undefined, question({ is: "b" })), "b");
  });
});

suite("answers", () => {
  test("are right whatever their case, and numbers with a unit or within the tolerance", () => {
    assert.equal(isRight({ is: "SERVER" }, "server "), true);
    assert.equal(isRight({ count: {} }, "6"), true);
    assert.equal(isRight({ ownTime: { most: "ownTime" }, tolerance: 0.1 }, "57.2 ms"), true);
  });
  test("are wrong otherwise, also where the trace has no such span", () => {
    assert.equal(isRight({ is: "SERVER" }, "CLIENT"), false);
    assert.equal(isRight({ count: {} }, "five"), false);
    assert.equal(isRight({ ownTime: { most: "ownTime" }, tolerance: 0.1 }, "50"), false);
    assert.equal(isRight({ spanId: { where: { service: "nobody" } } }, "undefined"), false);
  });
  test("that are wrong or missing are reported with where to look, never with what is right", () => {
    const [wrong, missing] = gradeAnswers(
      index,
      [question({ is: "SERVER" }), question({ is: "x" }, "other")],
      {
        q: "no",
      },
    );
    assert.match(wrong?.seen ?? "", /"no" is not right; look here/);
    assert.doesNotMatch(wrong?.seen ?? "", /SERVER/);
    assert.deepEqual(wrong?.faults, [{ code: "answer.wrong", edge: "q" }]);
    assert.deepEqual(missing?.faults, [{ code: "answer.missing", edge: "other" }]);
  });
});

suite("a file of answers", () => {
  const scratch = mkdtempSync(join(tmpdir(), "envoy-mesh-lab-"));
  after(() => rmSync(scratch, { recursive: true }));
  const read = (text: string) => {
    const file = join(scratch, "answers.yaml");
    writeFileSync(file, text);
    return readAnswers(file);
  };
  test("keeps ids that look like numbers as they are written", () => {
    assert.deepEqual(
      { ...read("trace: 00000000000000000000000000000012\nid: 3e11223344556677\nempty:\n") },
      {
        trace: "00000000000000000000000000000012",
        id: "3e11223344556677",
        empty: "",
      },
    );
    assert.deepEqual(read("# nothing\n"), {});
  });
  test("that is no YAML is reported with its line", () => {
    assert.throws(() => read("a: b: c\n"), { message: /answers\.yaml.*line 1/s, exitCode: 2 });
  });
});
