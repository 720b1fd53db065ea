import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { evidence, found } from "./testing.ts";

suite("calls that last for hours", () => {
  test("one finding for all, by the longest", () => {
    assert.deepEqual(found("a SERVER 0-3700000\n  a CLIENT 1-3600001\n    b SERVER 2-100"), [
      "time.long-lived: a SERVER",
    ]);
    assert.deepEqual(found("a SERVER 0-3500000\n  a INTERNAL 0-3500000"), []);
  });
});

suite("times", () => {
  test("a handler that goes on after its caller's span, and that caller waits for nothing", () => {
    assert.deepEqual(found("a CLIENT 0-20\n  b SERVER 5-300"), ["time.outlives-parent: a CLIENT > b SERVER"]);
  });

  test("it does not matter how far the clocks are apart", () => {
    assert.deepEqual(found("a CLIENT 0-20\n  b SERVER 100005-100300"), [
      "time.outlives-parent: a CLIENT > b SERVER",
    ]);
  });

  test("a span that ended while its own caller still waited for the rest", () => {
    assert.deepEqual(
      found(`
        p/inbound CLIENT 0-320
          a SERVER 1-20
            a CLIENT 10-300
              b SERVER 12-298`),
      ["time.outlives-parent: a SERVER > a CLIENT"],
    );
  });

  test("not what a process does after it has answered", () => {
    assert.deepEqual(found("p/inbound CLIENT 0-22\n  a SERVER 1-20\n    a INTERNAL 10-300"), []);
    assert.deepEqual(found("a SERVER 1-20\n  a INTERNAL 30-300"), []);
  });

  test("not a handler that is not known to have waited", () => {
    assert.deepEqual(found("a SERVER 0-20\n  b SERVER 5-300"), ["kind.server-server: a SERVER > b SERVER"]);
  });

  test("not where the parent's end is not known", () => {
    assert.deepEqual(found("a CLIENT 5-5\n  b SERVER 5-300", { "no-end": ["1"] }), []);
  });

  test("not a process that is held up before it ends its span, as a throttled container is", () => {
    assert.deepEqual(found("p/inbound SERVER 0-86\n  p/inbound CLIENT 1-85\n    q/inbound SERVER 2-121"), []);
    assert.deepEqual(found("a CLIENT 0-84\n  b SERVER 1-120\n    c CLIENT 2-119"), []);
    assert.deepEqual(found("a CLIENT 0-84\n  b SERVER 1-220"), ["time.outlives-parent: a CLIENT > b SERVER"]);
  });

  test("less is enough where work began after the answer, or the caller was still reading", () => {
    const outlives = ["time.outlives-parent: a CLIENT > b SERVER"];
    assert.deepEqual(found("a CLIENT 0-84\n  b SERVER 1-120\n    b INTERNAL 110-119"), outlives);
    assert.deepEqual(found("a SERVER 0-125\n  a CLIENT 1-85\n    b SERVER 2-121"), outlives);
  });

  test("not messages, not a call that failed, not some milliseconds", () => {
    assert.deepEqual(found("a PRODUCER 0-1\n  b CONSUMER 100-300"), []);
    assert.deepEqual(found("a CLIENT 0-20 status=error\n  b SERVER 5-300"), []);
    assert.deepEqual(found("a CLIENT 0-20\n  b SERVER 1-29"), []);
  });

  test("a span that ends before its start", () => {
    assert.deepEqual(found("a SERVER 10-5"), ["time.ends-before-start: a SERVER"]);
  });
});

suite("clock skew", () => {
  test("a callee whose clock is behind, with the estimate", () => {
    const drawing = "a CLIENT 0-100\n  b SERVER -50-40";
    assert.deepEqual(found(drawing), []);
    const behind = "a CLIENT 1000-1100\n  b SERVER 900-990";
    assert.deepEqual(found(behind), ["time.clock-skew: a CLIENT > b SERVER"]);
    assert.match(
      evidence(behind),
      /clock of a is ahead of b's by about 105 ms, give or take 5.00 ms \(from 1 call\)/,
    );
  });

  test("not from spans whose end is not known", () => {
    const drawing = "a CLIENT 1000-1000\n  b SERVER 1100-1100";
    assert.deepEqual(found(drawing), ["time.clock-skew: a CLIENT > b SERVER"]);
    assert.deepEqual(found(drawing, { "no-end": ["1", "2"] }), []);
  });

  test("a handler that passed its context on need not have waited for what came of it", () => {
    const codes = (drawing: string) => found(drawing).filter((it) => it.startsWith("time."));
    assert.deepEqual(codes("a SERVER 0-10\n  b SERVER 500-900"), []);
    assert.deepEqual(codes("a SERVER 500-510\n  b SERVER 0-400"), ["time.clock-skew: a SERVER > b SERVER"]);
    assert.match(
      evidence("a INTERNAL 500-510\n  b SERVER 0-400"),
      /ahead of b's by at least 500 ms \(from 1 call\)/,
    );
  });

  test("a callee whose clock is ahead", () => {
    assert.match(
      evidence("b CLIENT 0-100\n  a SERVER 1005-1095"),
      /clock of a is ahead of b's by about 1\.00 s/,
    );
  });

  test("several calls narrow it, in both directions", () => {
    const drawing = `
      a SERVER 0-1000
        a CLIENT 0-100
          b SERVER 505-595
            b CLIENT 510-590
              a SERVER 11-89
        a CLIENT 200-300
          b SERVER 701-799`;
    assert.match(
      evidence(drawing),
      /clock of b is ahead of a's by about 500 ms, give or take 1.00 ms \(from 3 calls\)/,
    );
  });

  test("not one callee that ended late, as a process that is held up does; but several", () => {
    const late = (n: number) =>
      `a SERVER 0-1000${Array.from({ length: n }, (_, i) => `\n  a CLIENT ${200 * i}-${200 * i + 100}\n    b SERVER ${200 * i + 25}-${200 * i + 119}`).join("")}`;
    assert.deepEqual(found(late(1)), []);
    assert.deepEqual(found(late(2)), ["time.clock-skew: a CLIENT > b SERVER"]);
    // A proxy that ends its span late, behind a service that was called early.
    const both =
      "p SERVER 0-200\n  p CLIENT 1-199\n    a SERVER 21-190\n      a CLIENT 30-100\n        p SERVER 50-120";
    assert.deepEqual(
      found(both).filter((it) => it.startsWith("time.")),
      [],
    );
  });

  test("not two calls of which one fits without it", () => {
    const drawing = `
      a SERVER 0-1000
        a CLIENT 0-100
          b SERVER 30-115
        a CLIENT 200-300
          b SERVER 201-299`;
    assert.deepEqual(found(drawing), []);
  });

  test("a call that cannot tell, because its child took longer, does not hinder the others", () => {
    const drawing = `
      a SERVER 1000-2000
        a CLIENT 1100-1200
          b SERVER 1610-1690
        a CLIENT 1300-1400
          b SERVER 1790-2030`;
    assert.deepEqual(found(drawing), [
      "time.outlives-parent: a CLIENT > b SERVER",
      "time.clock-skew: a CLIENT > b SERVER",
    ]);
  });

  test("not a child that took longer than its parent, and not on one host", () => {
    assert.deepEqual(found("a CLIENT 0-100\n  b SERVER 50-270"), [
      "time.outlives-parent: a CLIENT > b SERVER",
    ]);
    const host = "resource.host.id=h";
    assert.deepEqual(found(`a CLIENT 1000-1100 ${host}\n  b SERVER 900-990 ${host}`), []);
  });

  test("two hosts to which a Collector gave one host.name, as the call shows", () => {
    const host = "resource.host.name=h";
    const drawing = `a CLIENT 1000-1100 ${host}\n  b SERVER 900-990 ${host}`;
    assert.deepEqual(found(drawing), ["time.clock-skew: a CLIENT > b SERVER"]);
    assert.match(evidence(drawing), /clock of h \(service a\) is ahead of h \(service b\)'s/);
    assert.deepEqual(found(`a CLIENT 1000-1100 ${host}\n  b SERVER 1001-1099 ${host}`), []);
  });

  test("of any size where the callee starts after its call had ended, or ends before it began", () => {
    const skewed = ["time.clock-skew: a CLIENT > b SERVER"];
    assert.deepEqual(found("a CLIENT 0-4\n  b SERVER 6-8"), skewed);
    assert.deepEqual(found("a CLIENT 2-6\n  b SERVER 0.5-1.5"), skewed);
    // A clock that counts whole milliseconds, as OpenTelemetry JS starts its spans, may be up to 1 ms early.
    assert.deepEqual(found("a CLIENT 1.6-2.5\n  b SERVER 1-1.4"), []);
    assert.deepEqual(found("a CLIENT 2.6-3.5\n  b SERVER 1-1.4"), skewed);
    // What could be a busy process is none, and neither is a callee that begins when its caller has given up.
    assert.deepEqual(found("a CLIENT 0-4\n  b SERVER 3-6"), []);
    assert.ok(!found("a CLIENT 0-4 status=error\n  b SERVER 6-8").includes(skewed[0] as string));
  });
});
