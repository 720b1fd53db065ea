import { severityCode, whereSchema } from "@envoy-mesh-lab/check";
import * as z from "zod";
import { checkSchema } from "./checks/index.ts";
import { randomSchema } from "./random-values.ts";

/** Codes of what a grader says beside the findings of `lab check`. */
const graderCodes = {
  "call.code": "a call ended in another way than it should",
  "call.no-trace": "the answer to a call named no trace: the edge made no span for it",
  "call.answer": "the answer to a call lacks what it should hold",
  "call.late": "the messages of a stream came all at its end, and not as they were made",
  "call.contract": "the learner's contracts do not have the RPC of a call, or not the fields that are sent",
  "trace.missing": "a trace did not arrive in Tempo",
  "traces.count": "there are more or fewer traces than there should be",
  "finding.missing": "a finding that the traces should show is not there",
  "answer.missing": "a question has no answer yet",
  "answer.wrong": "an answer is not right",
  "time.share": "some spans have a larger or smaller share of the time than they should",
  "spans.unknown": "there are more spans of a part than the part itself has made",
  "spans.lost": "spans that were made did not arrive in Tempo",
  "spans.given-up": "a part counted spans or exports that it gave up",
  "link.missing": "a call has no link to it, though work was done for it later",
  "link.nested": "work that is done later, for several calls, is below one of them or below another call",
  "link.repeated": "a call is linked to by several traces of work that is done once",
  "link.strange": "a link names a span that is not the one that caused the work, or none",
  "log.unjoined": "a log has no line with the ids of a call",
  "received.none": "a part outside of the mesh got no request with the trace id of a call",
  "received.header":
    "a part outside of the mesh got a header that it should not have got, or one that says something else",
  "received.leak": "a part outside of the mesh got a header that holds what should have stayed inside",
  "kept.few": "fewer traces of some calls are kept than there should be",
  "kept.many": "more traces of some calls are kept than there should be",
  "names.none": "a trace has no span of something that was done",
  "names.many": "spans of one thing have several names",
  "names.same": "different things have the same name",
  "names.lost": "what a name leaves out is in no attribute either",
  "overload.few": "fewer calls are turned away than there should be",
  "overload.many": "more calls are turned away than there should be",
  "cors.refused": "a browser does not let a page make a call that it should make",
  "cors.open": "a browser would let a page do what it should not",
  "spans.at-once": "more is done at the same time than should be",
  "metric.query": "a number's selector is missing, or is no selector",
  "metric.none": "a part does not tell its metrics",
  "metric.few": "a number grows by less than the calls that were made",
  "metric.many": "a number grows by more than the calls that were made",
  "alert.query": "an alert's query is missing, or Tempo does not understand it",
  "alert.silent": "an alert does not find what failed",
  "alert.false": "an alert finds what did not fail",
  "alert.repeated": "an alert finds one failure several times",
  "call.served": "a call was served more than once",
  "restart.part": "a part that was restarted does not come back",
  "restart.unready": "a proxy does not take all parts behind it for healthy",
  "command.failed": "a program that looks at the learner's files is not content",
} as const;
export type GraderCode = keyof typeof graderCodes;

const failureCode = z.union([z.enum(Object.keys(graderCodes) as [GraderCode]), severityCode]);

const failure = z.strictObject({
  code: failureCode,
  /** Between which hops, as the finding names them; without it, anywhere. */
  edge: z.string().optional(),
});

const part = z.strictObject({
  name: z.string(),
  /** The file, or all files, of which it is a part. */
  file: z.union([z.string(), z.array(z.string()).min(1)]),
  /** A regular expression for lines that the part's changes of the file hold; without it, the whole file. */
  changes: z.string().optional(),
});

const refusal = z.strictObject({
  /** What somebody might do: "a field gets another number". */
  name: z.string(),
  file: z.string(),
  /** A text that the solution's file has once, and what is put in its place. */
  change: z.strictObject({ from: z.string().min(1), to: z.string() }),
  /** The check that has to refuse it, by its name. */
  check: z.string(),
  /** A regular expression for the words that have to be printed. */
  words: z.string(),
});

const place = z.strictObject({
  file: z.string(),
  /** A regular expression for the line of the learner's file to look at. */
  at: z.string(),
});

const comment = z
  .strictObject({
    /** A file of the learner's, and what it has or lacks, as regular expressions; all that is given has to hold. */
    file: z.string().optional(),
    has: z.string().optional(),
    lacks: z.string().optional(),
    /** Spans of which a trace that was graded has at least one. */
    spans: whereSchema.optional(),
    /** What is said: that it works, and why the usual way does it otherwise. */
    say: z.string(),
  })
  .refine(({ file, has, lacks, spans }) => spans || (file && (has || lacks)), {
    error: "says nothing of when: name a file with has or lacks, or spans",
  });

/** A hint; with `when`, for learners of whom a check has found one of these codes, who are told it before others. */
const hint = z.union([z.string(), z.strictObject({ when: z.array(failureCode).min(1), say: z.string() })]);

/** The shape of an exercise.yaml; docs/writing-exercises.md describes it. */
export const exerciseSchema = z.strictObject({
  title: z.string().min(1),
  /** From 1, easy, to 5. */
  level: z.int().min(1).max(5),
  minutes: z.int().min(1).max(240),
  concepts: z.array(z.string()).min(1),
  /** Whose proxies it has: the lab's own, or Istio's, which takes Linux and root (`lab up --istio`). */
  mesh: z.enum(["own", "istio"]).default("own"),
  /** Values that are drawn anew each time, by the names that stand for them in the checks: `{name}`. */
  random: randomSchema.default({}),
  checks: z.array(checkSchema).min(1),
  /** What the start shows, and nothing else. */
  start: z.strictObject({ shows: z.array(failure).min(1) }),
  /** Files whose solution is the repository's own, so that solution/ need not repeat it. */
  asInRepository: z.array(z.string()).default([]),
  /** Parts of the solution, each of which alone is not enough. Default: the solution has no parts. */
  parts: z.array(part).default([]),
  /** Changes of the solution that a check has to refuse, and in which words. */
  refused: z.array(refusal).default([]),
  /**
   * Where in the learner's files to look, by what was found: "CODE at EDGE" or, for all other places, "CODE". Of several places the
   * first counts that is in the file.
   */
  look: z.record(z.string(), z.union([place, z.array(place).min(1)])).default({}),
  hints: z.array(hint).min(2),
  /** What is said of a solution that passes and does it in another way than the usual one. */
  comments: z.array(comment).default([]),
  /** What the solution does and why, printed beside its diff. */
  explanation: z.string(),
});
export type ExerciseSpec = z.infer<typeof exerciseSchema>;
export type Failure = z.infer<typeof failure>;
export type Hint = z.infer<typeof hint>;
export type SolutionPart = z.infer<typeof part>;
