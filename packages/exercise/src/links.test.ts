import assert from "node:assert/strict";
import { test } from "node:test";
import { drawnTrace } from "@envoy-mesh-lab/trace/testing";
import { exerciseNames, findExercise } from "./exercise.ts";
import type { Grade } from "./grade.ts";
import { passed } from "./grade.ts";
import type { Progress } from "./progress.ts";
import { attemptOf } from "./progress.ts";
import { renderGrade } from "./render.ts";
import { toHtml, toReport } from "./report.ts";

const [name] = exerciseNames();
const exercise = findExercise(name as string);
const trace = drawnTrace("a SERVER 0-10", "1".repeat(32));
const grade: Grade = {
  exercise: exercise.name,
  ok: true,
  checks: [
    {
      name: "a call",
      ok: true,
      items: [passed("one call ends with ok", { traceIds: [trace.traceId] })],
      traceIds: [trace.traceId],
      drawn: [trace],
    },
  ],
  at: "2026-01-01T00:00:00.000Z",
  durationMs: 1,
  versions: {},
};

test("a grade tells below each trace where it is to be seen", () => {
  const link = (traceId: string) => `in Grafana: http://grafana/${traceId}`;
  const text = renderGrade(exercise, grade, { color: false, folder: ".", link });
  assert.match(text, new RegExp(`trace ${trace.traceId}: 1 span[^]*\n  see it ${link(trace.traceId)}\n`));
});

test("a report links each trace that it names, where there is an address", () => {
  const entry = {
    startedAt: grade.at,
    hintsShown: 0,
    hintsTold: [],
    solutionShown: false,
    attemptCount: 1,
    attempts: [attemptOf(grade)],
  };
  const progress: Progress = { version: 1, exercises: { [exercise.name]: entry } };
  const report = toReport([exercise], progress, { learner: undefined, now: new Date(0) });
  const linked = toHtml(report, (traceId) => `http://grafana/?a="b"&c=${traceId}`);
  assert.ok(
    linked.includes(
      `<a href="http://grafana/?a=&quot;b&quot;&amp;c=${trace.traceId}"><code>${trace.traceId}</code></a>`,
    ),
  );
  assert.match(linked, /Links to traces work on the machine/);
  assert.doesNotMatch(toHtml(report), /<a |Links to traces/);
});
