import { readFileSync } from "node:fs";
import type { whereSchema } from "@envoy-mesh-lab/check";
import { isChosen } from "@envoy-mesh-lab/check";
import type { Span, TraceIndex } from "@envoy-mesh-lab/trace";
import { ExitCode, LabError, serviceOf } from "@envoy-mesh-lab/trace";
import { parse, YAMLParseError } from "yaml";
import type * as z from "zod";
import type { GradeItem } from "../grade.ts";
import { missed, passed } from "../grade.ts";
import type { Question } from "./question.ts";

/** What a learner has answered, by question; `trace` is the id of the trace that it is about. */
export type Answers = Record<string, unknown>;

/** @throws {LabError} (exit code `usage`) for a file that is no YAML, in the parser's words. */
export function readAnswers(file: string): Answers {
  try {
    const answers: unknown = parse(readFileSync(file, "utf8"), {
      // Ids of hex digits may look like numbers: 3e11223344556677.
      schema: "failsafe",
    });
    return typeof answers === "object" && answers !== null ? (answers as Answers) : {};
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw new LabError(`cannot read your answers in ${file}: ${error.message}`, {
      exitCode: ExitCode.usage,
      hint: "write one answer a line: key: answer",
    });
  }
}

/** The right answer to a question; undefined when there is no trace, or no such span in it. */
export function truthOf(
  index: TraceIndex | undefined,
  { truth }: Pick<Question, "truth">,
): string | number | undefined {
  if ("is" in truth) return typeof truth.is === "boolean" ? String(truth.is) : truth.is;
  if (index === undefined) return undefined;
  if ("count" in truth) return chosen(index, truth.count).length;
  if ("ownTime" in truth) {
    const at = pickSpan(index, truth.ownTime);
    return at === undefined ? undefined : ownTimeMs(index, at);
  }
  const pick =
    "spanId" in truth ? truth.spanId : "parentSpanId" in truth ? truth.parentSpanId : truth.service;
  const at = pickSpan(index, pick);
  if (at === undefined) return undefined;
  const span = index.spans[at] as Span;
  if ("spanId" in truth) return span.spanId;
  return "parentSpanId" in truth ? span.parentSpanId : serviceOf(span);
}

type Where = z.infer<typeof whereSchema>;

function chosen(index: TraceIndex, where: Where | undefined): number[] {
  return index.spans.map((_, i) => i).filter((i) => isChosen(index, i, { where }));
}

function pickSpan(
  index: TraceIndex,
  { where, most }: { where?: Where | undefined; most?: "ownTime" | "duration" | undefined },
): number | undefined {
  const found = chosen(index, where);
  if (most === undefined) return found[0];
  const size = (i: number) =>
    most === "ownTime" ? ownTimeMs(index, i) : (index.end[i] as number) - (index.start[i] as number);
  return found.sort((a, b) => size(b) - size(a))[0];
}

/** The time of a span in which none of its children ran, in milliseconds. */
export function ownTimeMs(index: TraceIndex, at: number): number {
  const [start, end] = [index.start[at] as number, index.end[at] as number];
  const children = index.spans
    .map((_, i) => i)
    .filter((i) => index.parent[i] === at)
    .map((i) => [Math.max(index.start[i] as number, start), Math.min(index.end[i] as number, end)] as const)
    .filter(([from, to]) => to > from)
    .sort(([a], [b]) => a - b);
  let covered = 0;
  let until = start;
  for (const [from, to] of children) {
    covered += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return (end - start - covered) / 1e6;
}

/** Grades the answers to questions, about a trace or without one. */
export function gradeAnswers(
  index: TraceIndex | undefined,
  questions: readonly Question[],
  answers: Answers,
): GradeItem[] {
  const traceIds = index ? [index.traceId] : [];
  return questions.map((question) => {
    const { key, ask, look } = question;
    const given = String(answers[key] ?? "").trim();
    const truth = truthOf(index, question);
    if (given === "") {
      return missed(ask, `no answer yet: write it behind "${key}:"`, { code: "answer.missing", edge: key });
    }
    return isRight(given, truth, question)
      ? passed(ask, { seen: given, traceIds })
      : missed(
          ask,
          `your answer "${given}" is not right; ${look}`,
          { code: "answer.wrong", edge: key },
          {
            traceIds,
          },
        );
  });
}

function isRight(given: string, truth: string | number | undefined, { truth: form }: Question): boolean {
  if (truth === undefined) return false;
  if (typeof truth === "number") {
    const number = Number(given.replace(/\s*ms$/, ""));
    const tolerance = "ownTime" in form ? form.tolerance * truth : 0;
    return Math.abs(number - truth) <= tolerance;
  }
  return given.toLowerCase() === truth.toLowerCase();
}
