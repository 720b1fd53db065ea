import assert from "node:assert/strict";
import { test } from "node:test";
import { differences, parseReport, readPatterns } from "./report.ts";

const output = `INFO: Basic/TLS:false/(grpc server impl)/no-responses failed (as expected):
	actual response trailers missing "x-custom-trailer"
FAILED: Errors/TLS:true/unary/error:
	actual error {code: 3 (invalid_argument), message: "a: b:"} does not match
	expecting 2 response messages but instead got 0
FAILED: Timeouts/TLS:true/unary was expected to fail but did not


Total cases: 6600
6597 passed, 2 failed
(Another 1 failed as expected due to being known failures/flakes.)
`;

test("a report's counts, failing cases and surprises are read", () => {
  const report = parseReport(output);
  assert.ok(report);
  assert.equal(report.total, 6600);
  assert.equal(report.passed, 6597);
  assert.deepEqual(
    [...report.failing],
    ["Basic/TLS:false/(grpc server impl)/no-responses", "Errors/TLS:true/unary/error"],
  );
  assert.equal(report.surprises.length, 2);
  assert.match(report.surprises[0] ?? "", /^FAILED: Errors.*\n.*\n.*got 0$/);
});

test("cases that could not be run are a surprise", () => {
  const report = parseReport(
    "Total cases: 10\n10 passed, 0 failed\nAnother 3 could not be run due to client timing out or exiting prematurely.\n",
  );
  assert.equal(report?.surprises.length, 1);
});

test("output without totals is no report", () => {
  assert.equal(parseReport("panic: runtime error"), undefined);
});

test("a case that fails in one run only is a difference", () => {
  const bare = parseReport(output);
  const traced = parseReport(output.replace("Errors/TLS:true", "Errors/TLS:false"));
  assert.ok(bare && traced);
  assert.deepEqual(differences(bare, traced), {
    onlyBare: ["Errors/TLS:true/unary/error"],
    onlyTraced: ["Errors/TLS:false/unary/error"],
  });
  assert.deepEqual(differences(bare, bare), { onlyBare: [], onlyTraced: [] });
});

test("a case that is known to be flaky is no difference", () => {
  const bare = parseReport(output);
  const traced = parseReport("Total cases: 6600\n6600 passed, 0 failed\n");
  assert.ok(bare && traced);
  for (const [pattern, left] of [
    ["Errors/TLS:true/unary/error", 1],
    ["Errors/*/unary/error", 1],
    ["Errors/*/error", 2],
    ["Errors/**", 1],
    ["Errors/**/TLS:true/**/error", 1],
    ["**/(grpc server impl)/*", 1],
    ["Errors", 2],
    ["Err*/**", 2],
  ] as const) {
    assert.equal(differences(bare, traced, [pattern]).onlyBare.length, left, pattern);
  }
});

test("a list of patterns has comments and empty lines", () => {
  assert.deepEqual(readPatterns("# why\n\nA/**  # that\n  B/c\n"), ["A/**", "B/c"]);
});
