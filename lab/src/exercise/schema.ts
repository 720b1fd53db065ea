import { protocols } from "@envoy-mesh-lab/connections";
import * as z from "zod";
import { codeByName } from "../call/call.ts";
import { kinds } from "../call/rpcs.ts";
import { expectedSchema, severityCode, whereSchema } from "../check/expected.ts";
import { ways } from "../load/via.ts";

const connectCode = z.string().refine((it) => codeByName(it) !== undefined, {
  error: (issue) => `"${String(issue.input)}" is no Connect code, such as "unavailable"`,
});
const milliseconds = z.int().min(0).max(60_000);

const behavior = z.strictObject({
  /** Time to work before each answer, in milliseconds. Default 0. */
  workMs: milliseconds.default(0),
  /** Connect code to fail with. Default none. */
  fail: connectCode.optional(),
  /** Messages of a stream before it fails. Default 0. */
  failAfter: z.int().min(0).default(0),
});
const quiet = { workMs: 0, failAfter: 0 };

/** The calls that a check makes. */
export const trafficSchema = z.strictObject({
  /** Default: the RPC that stands for `kind`, else OrderDrink. */
  rpc: z.string().optional(),
  kind: z.enum(kinds).optional(),
  protocol: z.enum(protocols).default("connect"),
  number: z.int().min(1).max(2000).default(1),
  /** Calls per second; without it one call follows the other. */
  rate: z.number().min(0.1).max(200).optional(),
  drink: z.string().default("espresso"),
  /** Messages of a stream. */
  messages: z.int().min(0).max(1000).default(3),
  headers: z.record(z.string(), z.string()).default({}),
  gateway: behavior.default(quiet),
  backend: behavior.default(quiet),
  /** Deadline of each call, in milliseconds. */
  timeoutMs: z.int().min(1).max(60_000).default(10_000),
  /** Where the calls enter the mesh. */
  via: z.enum(ways).default("edge"),
  /** How every call has to end: "ok" or a Connect code. */
  code: z.union([z.literal("ok"), connectCode]).default("ok"),
});
export type Traffic = z.infer<typeof trafficSchema>;

/** Codes of what a grader says beside the findings of `lab check`. */
export const graderCodes = {
  "call.code": "a call ended in another way than it should",
  "call.no-trace": "the answer to a call named no trace: the edge made no span for it",
  "trace.missing": "a trace did not arrive in Tempo",
  "traces.count": "there are more or fewer traces than there should be",
  "answer.missing": "a question has no answer yet",
  "answer.wrong": "an answer is not right",
} as const;
export type GraderCode = keyof typeof graderCodes;

const failureCode = z.union([z.enum(Object.keys(graderCodes) as [GraderCode]), severityCode]);

const tracesCheck = z.strictObject({
  name: z.string(),
  traffic: trafficSchema,
  /** What is expected of the traces: the format of `lab check`, inline, or a file from the repository's top. */
  expect: z.union([z.string(), expectedSchema]),
  /** calls: the traces that the answers name. window: all that began during the traffic, whoever began them. */
  traces: z.enum(["calls", "window"]).default("calls"),
});

const pick = z.strictObject({
  where: whereSchema.optional(),
  most: z.enum(["ownTime", "duration"]).optional(),
});
const answer = z.union([z.string(), z.number(), z.boolean()]);
/** What the right answer is: the same for every trace (`is`), or read from the learner's own. */
const truth = z.union([
  z.strictObject({ is: answer }),
  z.strictObject({ count: whereSchema }),
  z.strictObject({ spanId: pick }),
  z.strictObject({ parentSpanId: pick }),
  z.strictObject({ service: pick }),
  /** In milliseconds. */
  z.strictObject({ ownTime: pick, tolerance: z.number().min(0).max(1) }),
]);

const questionsCheck = z.strictObject({
  name: z.string(),
  /** The learner's file: one key for each question, and `trace:` where they are about the learner's own trace. */
  answers: z.string(),
  /** Where the questions are about a trace. */
  trace: z
    .strictObject({
      /** Makes the trace when the exercise is verified; learners make their own with `lab call`. */
      traffic: trafficSchema,
      /** What the learner's trace has to look like at all. */
      expect: z.union([z.string(), expectedSchema]),
    })
    .optional(),
  questions: z
    .array(
      z.strictObject({
        key: z.string(),
        ask: z.string(),
        truth,
        /** Where to look, for who is wrong. */
        look: z.string(),
      }),
    )
    .min(1),
});
export type Question = z.infer<typeof questionsCheck>["questions"][number];
export type QuestionsCheck = z.infer<typeof questionsCheck>;
export type TracesCheck = z.infer<typeof tracesCheck>;

const failure = z.strictObject({
  code: failureCode,
  /** Between which hops, as the finding names them; without it, anywhere. */
  edge: z.string().optional(),
});

const part = z.strictObject({
  name: z.string(),
  file: z.string(),
  /** A regular expression for lines that the part's changes of the file hold; without it, the whole file. */
  changes: z.string().optional(),
});

const look = z.strictObject({
  file: z.string(),
  /** A regular expression for the line of the learner's file to look at. */
  at: z.string(),
});

/** The shape of an exercise.yaml; docs/writing-exercises.md describes it. */
export const exerciseSchema = z.strictObject({
  title: z.string().min(1),
  /** From 1, easy, to 5. */
  level: z.int().min(1).max(5),
  minutes: z.int().min(1).max(240),
  concepts: z.array(z.string()).min(1),
  checks: z.array(z.union([tracesCheck, questionsCheck])).min(1),
  /** What the start shows, and nothing else. */
  start: z.strictObject({ shows: z.array(failure).min(1) }),
  /** Files whose solution is the repository's own, so that solution/ need not repeat it. */
  asInRepository: z.array(z.string()).default([]),
  /** Parts of the solution, each of which alone is not enough. Default: the solution has no parts. */
  parts: z.array(part).default([]),
  /** Where in the learner's files to look, by the code of what was found. */
  look: z.record(z.string(), look).default({}),
  hints: z.array(z.string()).min(2),
  /** What the solution does and why, told beside its diff. */
  explanation: z.string(),
});
export type ExerciseSpec = z.infer<typeof exerciseSchema>;
export type Failure = z.infer<typeof failure>;
export type Part = z.infer<typeof part>;
