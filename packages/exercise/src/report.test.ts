import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Attempt, Progress } from "./progress.ts";
import { entryOf } from "./progress.ts";
import { toHtml, toReport } from "./report.ts";

const now = new Date("2026-03-02T10:00:00.000Z");
const first = { number: 2, name: "02-does-not-inject", title: "The client does not inject", level: 1 };
const second = { number: 3, name: "03-injects-too-early", title: "Injected <too> early & late", level: 2 };

function attempt(at: string, ok: boolean, ...traceIds: string[]): Attempt {
  const missed = ok ? [] : [{ expectation: "one trace", seen: 'two, "a" & <b>' }];
  const check = { name: "two orders <fast>", ok, met: ok ? 2 : 1, of: 2, missed, traceIds, codes: [] };
  return { at, ok, durationMs: 900, versions: { lab: "0.1.0", envoy: "1.40.0" }, checks: [check] };
}

/** Progress of a learner who has begun the first exercise. */
function progressWith(attempts: Attempt[], more: Partial<Progress["exercises"][string]> = {}): Progress {
  const progress: Progress = { version: 1, exercises: {} };
  Object.assign(entryOf(progress, first.name, now), { attempts, attemptCount: attempts.length, ...more });
  return progress;
}

const wrong = attempt("2026-03-01T10:00:00.000Z", false, "a".repeat(32));
const right = attempt("2026-03-01T11:00:00.000Z", true, "b".repeat(32));
const again = attempt("2026-03-01T12:00:00.000Z", true, "c".repeat(32));

suite("a report", () => {
  test("names what is passed, started and untouched, and counts", () => {
    const progress = progressWith([wrong, right], { passedAt: right.at, hintsShown: 2 });
    const report = toReport([first, second], progress, { learner: "Ada", now });
    assert.deepEqual([report.learner, report.passed, report.of], ["Ada", 1, 2]);
    assert.equal(report.madeAt, "2026-03-02T10:00:00.000Z");
    assert.match(report.gradedBy, /by traces/);
    const [done, untouched] = report.exercises;
    assert.deepEqual(done, {
      ...first,
      state: "passed",
      startedAt: now.toISOString(),
      passedAt: right.at,
      checks: 2,
      hintsShown: 2,
      solutionShown: false,
      stumbled: [{ expectation: "one trace", attempts: 1 }],
      attempt: right,
    });
    assert.deepEqual(untouched, {
      ...second,
      state: "untouched",
      checks: 0,
      hintsShown: 0,
      solutionShown: false,
      stumbled: [],
    });
    const begun = toReport([first], progressWith([wrong]), { now });
    assert.equal(begun.exercises[0]?.state, "started");
    assert.ok(!("learner" in begun));
  });

  test("shows the attempt that passed first, else the last", () => {
    const shown = (...attempts: Attempt[]) =>
      toReport([first], progressWith(attempts), { now }).exercises[0]?.attempt?.at;
    assert.equal(shown(wrong, right, again), right.at);
    assert.equal(shown(wrong, { ...wrong, at: again.at }), again.at);
    assert.equal(shown(), undefined);
  });

  test("is the same after a way through JSON", () => {
    const report = toReport([first, second], progressWith([right]), { learner: "Ada", now });
    assert.deepEqual(JSON.parse(JSON.stringify(report)), report);
  });
});

suite("a report as a page", () => {
  const page = (learner: string | undefined, progress: Progress) =>
    toHtml(toReport([first, second], progress, { learner, now }));

  test("holds states, help, trace ids and versions", () => {
    const html = page("Ada", progressWith([wrong, right], { passedAt: right.at, hintsShown: 1 }));
    assert.match(html, /<h1>Envoy Mesh Lab: Ada&#39;s exercises<\/h1>/);
    assert.match(html, /1 of 2 passed\.<\/strong> Graded by traces/);
    assert.match(html, /<td class="passed">✔ passed<br>/);
    assert.match(html, /<td>1 hint<\/td>/);
    assert.ok(html.includes(`<code>${"b".repeat(32)}</code>`));
    assert.ok(!html.includes("a".repeat(32)), "the attempt before is not shown");
    assert.match(html, /lab 0\.1\.0, envoy 1\.40\.0/);
  });

  test("says what was missed, and that the solution was shown", () => {
    const html = page(undefined, progressWith([wrong], { hintsShown: 3, solutionShown: true }));
    assert.match(html, /<h1>Envoy Mesh Lab: exercises<\/h1>/);
    assert.match(html, /<td class="started">… started<\/td>/);
    assert.match(html, /3 hints, solution shown/);
    assert.match(html, /✘ two orders &lt;fast&gt;: 1 of 2/);
    assert.match(html, /<li>one trace: two, &quot;a&quot; &amp; &lt;b&gt;<\/li>/);
  });

  test("takes no markup from a learner's name, nor from anything else that it is given", () => {
    const html = page('<script src="//x">alert(1)</script> & "Ada"', progressWith([wrong]));
    assert.doesNotMatch(html, /<script/i);
    const name =
      "&lt;script src=&quot;//x&quot;&gt;alert(1)&lt;/script&gt; &amp; &quot;Ada&quot;&#39;s exercises";
    assert.equal(html.split(name).length, 3, "in the title and the heading");
    assert.match(html, /Injected &lt;too&gt; early &amp; late/);
    // What stays is the page's own.
    const tags = new Set(html.match(/<\/?[a-z0-9]+/gi)?.map((it) => it.replace(/^<\/?/, "").toLowerCase()));
    const own =
      "body br code details em h1 head html li meta p small strong style summary table tbody td th thead title tr ul";
    assert.deepEqual(
      [...tags].filter((it) => !own.split(" ").includes(it)),
      [],
    );
  });

  test("loads nothing from elsewhere", () => {
    assert.doesNotMatch(page("Ada", progressWith([right])), /https?:|src=|href=|url\(/);
  });
});
