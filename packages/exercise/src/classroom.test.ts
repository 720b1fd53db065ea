import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { classCsv, classHtml } from "./class-page.ts";
import type { ReportFile } from "./classroom.ts";
import { hardest, toClassroom } from "./classroom.ts";
import type { Attempt, Progress } from "./progress.ts";
import { entryOf } from "./progress.ts";
import { hashOfTraces } from "./proof.ts";
import type { Report } from "./report.ts";
import { toReport } from "./report.ts";

const nonce = "0f1e2d3c4b5a69788796a5b4";
const exercises = Array.from({ length: 5 }, (_, i) => ({
  number: i + 1,
  name: `0${i + 1}-exercise`,
  title: `Exercise ${i + 1}`,
  level: 1,
}));
const known = new Map(exercises.map(({ name }) => [name, `hash of ${name}`]));
const now = new Date("2026-03-02T10:00:00.000Z");

function attempt(name: string, ok: boolean, traceId: string): Attempt {
  const missed = ok ? [] : [{ expectation: `what ${name} wants`, seen: "something else" }];
  const check = { name: "a check", ok, met: ok ? 2 : 1, of: 2, missed, traceIds: [traceId], codes: [] };
  const hashes = { exercise: known.get(name) ?? "", files: "f", traces: hashOfTraces([traceId]) };
  return { at: now.toISOString(), ok, durationMs: 900, versions: {}, hashes, checks: [check] };
}

/** The report of a made-up learner, who has passed some exercises, and has begun the next. */
function reportOf(learner: number, its = nonce): Report {
  const progress: Progress = { version: 1, exercises: {} };
  for (const [i, { name }] of exercises.slice(0, (learner % 5) + 1).entries()) {
    const id = (ok: boolean) => `${learner}${i}${ok ? 1 : 0}`.padStart(32, "0");
    const isPassed = i < learner % 5;
    const attempts = [attempt(name, false, id(false)), ...(isPassed ? [attempt(name, true, id(true))] : [])];
    Object.assign(entryOf(progress, name, now), {
      attempts,
      attemptCount: attempts.length,
      ...(isPassed ? { passedAt: now.toISOString() } : {}),
    });
  }
  return toReport(exercises, progress, { learner: `Learner ${learner}`, now, nonce: its });
}

const fileOf = (report: object, i: number): ReportFile => ({
  file: `reports/${i}.json`,
  text: JSON.stringify(report, null, 2),
});
const classOf = (reports: object[]) => toClassroom(reports.map(fileOf), { nonce, exercises: known });

suite("thirty reports of a class", () => {
  const reports = Array.from({ length: 30 }, (_, i) => reportOf(i + 1));

  test("as they were made, nothing speaks against any of them", () => {
    const { learners, columns, unread } = classOf(reports);
    assert.deepEqual(unread, []);
    assert.deepEqual(
      learners.flatMap(({ doubts }) => doubts),
      [],
    );
    assert.deepEqual(
      columns.map(({ started, passed }) => [started, passed]),
      [
        [30, 24],
        [24, 18],
        [18, 12],
        [12, 6],
        [6, 0],
      ],
    );
  });

  test("five that were tampered with are told from the others, each for its own reason", () => {
    const changed = structuredClone(reports);
    const at = (i: number) => changed[i] as Report;
    // One more passed, by hand.
    at(4).passed++;
    Object.assign(at(4).exercises[0] as object, { state: "passed", passedAt: now.toISOString() });
    // Another's report, under one's own name.
    changed[8] = { ...structuredClone(at(7)), learner: "Learner 9" };
    // Fewer hints than there were.
    Object.assign(at(11).exercises[0] as object, { hintsShown: 1 });
    // Made for another class.
    changed[16] = reportOf(17, "the nonce of last year");
    // Other traces, so that they look like one's own.
    (at(22).exercises[0]?.attempt?.checks[0] as { traceIds: string[] }).traceIds = ["e".repeat(32)];
    const doubted = classOf(changed).learners.filter(({ doubts }) => doubts.length > 0);
    const by = new Map(doubted.map(({ learner, doubts }) => [learner, doubts.join("; ")]));
    // Who gave a report away shares its traces.
    assert.deepEqual([...by.keys()].sort(), [
      "Learner 12",
      "Learner 17",
      "Learner 23",
      "Learner 5",
      "Learner 8",
      "Learner 9",
    ]);
    assert.match(by.get("Learner 5") ?? "", /changed after it was made.*passed, without an attempt that did/);
    assert.match(by.get("Learner 9") ?? "", /changed after it was made.*the same traces as Learner 8/);
    assert.match(by.get("Learner 8") ?? "", /^1: the same traces as Learner 9/);
    assert.match(by.get("Learner 12") ?? "", /^changed after it was made/);
    assert.match(by.get("Learner 17") ?? "", /^made for another class$/);
    assert.match(by.get("Learner 23") ?? "", /other traces than it was graded by/);
  });

  test("say where all stumble", () => {
    const [first] = hardest(classOf(reports));
    assert.equal(first?.number, 5);
    assert.deepEqual(first?.stumbles, [{ expectation: "what 05-exercise wants", learners: 6 }]);
  });

  test("make a table, in which no name is a formula, and a page, in which none is markup", () => {
    const odd = { ...reportOf(31), learner: '=HYPERLINK("x")<b>' };
    const room = classOf([odd, ...reports.slice(0, 2)]);
    const [head, ...rows] = classCsv(room).trimEnd().split("\r\n");
    assert.match(head ?? "", /^learner,passed,1 Exercise 1,/);
    assert.equal(rows.length, 3);
    assert.ok(
      rows.some((it) => it.startsWith(`"'=HYPERLINK(""x"")<b>",1,✔ 2,`)),
      rows.join("\n"),
    );
    const html = classHtml(room);
    assert.match(html, /=HYPERLINK\(&quot;x&quot;\)&lt;b&gt;/);
    assert.doesNotMatch(html, /<script|<b>/);
  });
});

test("what is no report is reported with why, and the others are read all the same", () => {
  const files = [
    { file: "a.json", text: "{" },
    { file: "b.json", text: '{"version":2}' },
    fileOf(reportOf(1), 1),
  ];
  const { learners, unread } = toClassroom(files, { exercises: known });
  assert.deepEqual(
    learners.map(({ learner }) => learner),
    ["Learner 1"],
  );
  assert.match(unread[0]?.why ?? "", /^it is no JSON/);
  assert.match(unread[1]?.why ?? "", /^it is no report: version/);
});

test("an exercise that is not the teacher's own is reported", () => {
  const other = toClassroom([fileOf(reportOf(1), 1)], {
    nonce,
    exercises: new Map([["01-exercise", "another"]]),
  });
  assert.deepEqual(other.learners[0]?.doubts, ["1: graded by an exercise that is not as here"]);
});
