import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Mesh } from "@envoy-mesh-lab/mesh";
import { ExitCode, indexTrace, LabError } from "@envoy-mesh-lab/trace";
import { isMap, parseDocument } from "yaml";
import type { ApplyOptions } from "./apply.ts";
import { applyFiles, settle } from "./apply.ts";
import { truthOf } from "./checks/answers.ts";
import type { QuestionsCheck } from "./checks/questions.ts";
import { compile } from "./compile.ts";
import type { Exercise } from "./exercise.ts";
import { solutionText, startFiles, startText } from "./exercise-files.ts";
import { expectationOf } from "./expectation.ts";
import { writeFiles } from "./files.ts";
import { gatherTraces } from "./gather.ts";
import type { Fault, Grade } from "./grade.ts";
import { faultsOf } from "./grade.ts";
import { drawValues, fillValues } from "./random-values.ts";
import { runChecks } from "./run-checks.ts";
import type { Failure } from "./schema.ts";
import { partlySolved, properSubsets } from "./solution.ts";
import { send } from "./traffic.ts";
import type { Variant } from "./variants.ts";
import { variantKinds, variantsOf } from "./variants.ts";
import { refusalProofs } from "./verify-refusals.ts";
import { rejectionProofs } from "./verify-rejections.ts";
import { workspaceFolder } from "./workspace.ts";

/** One thing that was proved of an exercise, or was not. */
export interface Proof {
  /** What should be so: "the start fails with context.lost". */
  claim: string;
  ok: boolean;
  /** What was seen instead, or where that says more, what was seen. */
  seen: string;
  durationMs: number;
}

/** The options of `verifyExercise`. */
export type VerifyOptions = ApplyOptions & {
  onStep?: (text: string) => void;
  /** Only the claims with these words in them, and what they need. Default: all. */
  only?: string | undefined;
};

/**
 * Proves an exercise on the running mesh, one claim after the other: its start fails for the reasons that it names and no
 * others, a broken file gets the words of the program that rejects it, no proper subset of the solution's parts passes, what
 * must not be done is refused, what looks right and is wrong fails, and what is right passes, ours and others' solutions.
 */
export async function* verifyExercise(
  exercise: Exercise,
  options: VerifyOptions = {},
): AsyncGenerator<Proof, void> {
  const scratch = join(workspaceFolder(), ".verify", exercise.name);
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  try {
    const { only = "" } = options;
    for (const { claim, run } of claimsOf(exercise, scratch, options).filter((it) =>
      it.claim.includes(only),
    )) {
      const startedAt = Date.now();
      const found = await run().catch((error: unknown) => {
        // That a file is rejected, or a part does not come up, says something of the exercise.
        const about =
          error instanceof LabError &&
          [ExitCode.configRejected, ExitCode.notReady].some((it) => it === error.exitCode);
        if (!about) throw error;
        return error.message;
      });
      const { wrong, seen = "" } = typeof found === "string" ? { wrong: found } : (found ?? {});
      yield { claim, ok: wrong === undefined, seen: wrong ?? seen, durationMs: Date.now() - startedAt };
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** What is wrong with a claim, or what was seen where nothing is. */
type Found = string | { wrong?: string; seen?: string } | undefined;

/** A claim, and what finds out whether something is wrong with it. */
interface Claim {
  claim: string;
  run: () => Promise<Found>;
}

function claimsOf(exercise: Exercise, scratch: string, options: VerifyOptions): Claim[] {
  const contextOf = async (files: ReadonlyMap<string, string>, isCompiled = false) => {
    writeFiles(scratch, files);
    await applyFiles(exercise, scratch, { ...options, isCompiled });
    const mesh = await settle(options.signal);
    return { mesh, folder: scratch, signal: options.signal, onStep: options.onStep };
  };
  const grade = async (files: ReadonlyMap<string, string>) => runChecks(exercise, await contextOf(files));
  const start = new Map(startFiles(exercise).map((it) => [it, startText(exercise, it)]));
  const solution = new Map(startFiles(exercise).map((it) => [it, solutionText(exercise, it)]));
  const variants = variantKinds.flatMap((it) => variantsOf(exercise, it));
  const questions = exercise.checks.filter((it) => it.kind === "questions");
  return [
    {
      claim: `the start shows ${exercise.start.shows.map(inWords).join(", ")}, and nothing else`,
      run: async () => unlikeStart(exercise.start.shows, await grade(start)),
    },
    ...rejectionProofs(exercise, start, { scratch, ...options }),
    ...properSubsets(exercise.parts).map((parts) => ({
      claim: `"${parts.map((it) => it.name).join('" with "')}" alone does not pass`,
      run: async () => {
        const partly = await grade(partlySolved(exercise, parts));
        return partly.ok ? { wrong: "it passes" } : { seen: faultsOf(partly).map(inWords).join(", ") };
      },
    })),
    ...refusalProofs(exercise, solution, { scratch, ...options }),
    ...(variants.length > 0
      ? [
          {
            claim: "all cheats and other solutions compile",
            run: () => compileAll(exercise, variants, scratch),
          },
        ]
      : []),
    ...variantsOf(exercise, "cheats").map(({ name, files }) => ({
      claim: `a cheat fails: ${name}`,
      run: async () => {
        const context = await contextOf(files, true);
        const traceId = await answerAll(exercise, questions, { mesh: context.mesh, scratch });
        const cheated = await runChecks(exercise, { ...context, traceId, untilFailed: true });
        return cheated.ok ? { wrong: "it passes" } : { seen: faultsOf(cheated).map(inWords).join(", ") };
      },
    })),
    ...variantsOf(exercise, "also-right").map(({ name, files }) => ({
      claim: `also right: ${name}`,
      run: async () => {
        const context = await contextOf(files, true);
        const traceId = await answerAll(exercise, questions, { mesh: context.mesh, scratch });
        return failuresOf(await runChecks(exercise, { ...context, traceId }));
      },
    })),
    {
      claim: "the solution passes",
      run: async () => {
        const context = await contextOf(solution);
        const traceId = await answerAll(exercise, questions, { mesh: context.mesh, scratch });
        const answered = { ...context, traceId };
        return (
          failuresOf(await runChecks(exercise, answered)) ?? (await eachWrong(exercise, questions, answered))
        );
      },
    },
  ];
}

/** Has the compiler look at all variants at once, which takes as long as for one. */
async function compileAll(
  exercise: Exercise,
  variants: readonly Variant[],
  scratch: string,
): Promise<undefined> {
  const folders = variants.map((_, i) => join(scratch, "variants", String(i)));
  for (const [i, { files }] of variants.entries()) writeFiles(folders[i] as string, files);
  await compile(exercise, ...folders);
}

function inWords({ code, edge }: Failure | Fault): string {
  return edge === undefined ? code : `${code} at ${edge}`;
}

/** In what a grade differs from what the start of an exercise should show; undefined when in nothing. */
export function unlikeStart(
  shows: readonly Failure[],
  grade: Pick<Grade, "checks" | "ok">,
): string | undefined {
  const faults = faultsOf(grade);
  const fits = (failure: Failure, fault: Fault) =>
    failure.code === fault.code && (failure.edge === undefined || failure.edge === fault.edge);
  const missing = shows.filter((failure) => !faults.some((fault) => fits(failure, fault)));
  const others = faults.filter((fault) => !shows.some((failure) => fits(failure, fault)));
  const words = [
    ...(grade.ok ? ["it passes"] : []),
    ...missing.map((it) => `it does not show ${inWords(it)}`),
    ...others.map((it) => `it also shows ${inWords(it)}`),
  ];
  return words.length === 0 ? undefined : words.join("; ");
}

function failuresOf(grade: Grade): string | undefined {
  const wrong = grade.checks.flatMap(({ name, items }) =>
    items.filter((it) => !it.ok).map((it) => `${name}: ${it.expectation}: ${it.seen}`),
  );
  return wrong.length === 0 ? undefined : wrong.join("; ");
}

/** A value in the solution's answers that differs from trace to trace, and is read from the trace. */
const readFromTrace = "(read it from your trace)";

/** Makes the trace that the solution answers for, if it does, and fills in what differs from trace to trace. */
async function answerAll(
  exercise: Exercise,
  checks: readonly QuestionsCheck[],
  { mesh, scratch }: { mesh: Mesh; scratch: string },
): Promise<string | undefined> {
  let traceId: string | undefined;
  for (const { trace: about, answers, questions } of fillValues(checks, drawValues(exercise.random))) {
    if (about === undefined) continue;
    const expected = expectationOf(exercise, about.expect, []);
    const sent = await send(about.traffic, { mesh, folder: scratch });
    traceId = sent.calls[0]?.traceId;
    const traces = await gatherTraces(sent, { tempo: mesh.urls.tempo, expected, window: false });
    const trace = traces.get(traceId ?? "");
    if (trace === undefined) continue;
    const index = indexTrace(trace);
    const file = join(scratch, answers);
    const document = parseDocument(readFileSync(file, "utf8"));
    for (const question of questions) {
      if (document.get(question.key) === readFromTrace) document.set(question.key, truthOf(index, question));
    }
    writeFileSync(file, document.toString());
  }
  return traceId;
}

/** Whether an answer that is wrong, one at a time, is found out; undefined when every one is. */
async function eachWrong(
  exercise: Exercise,
  checks: readonly QuestionsCheck[],
  context: Parameters<typeof runChecks>[1],
): Promise<string | undefined> {
  for (const { answers, questions } of checks) {
    const file = join(context.folder, answers);
    const right = readFileSync(file, "utf8");
    for (const { key } of questions) {
      const document = parseDocument(right);
      if (!isMap(document.contents)) return `${answers} is no list of answers`;
      document.set(key, "9999");
      writeFileSync(file, document.toString());
      const asked = { ...exercise, checks: exercise.checks.filter((it) => it.kind === "questions") };
      if ((await runChecks(asked, context)).ok) return `a wrong answer to ${key} passes`;
    }
    writeFileSync(file, right);
  }
  return undefined;
}
