import type { GradeItem } from "../grade.ts";
import { missed, passed } from "../grade.ts";
import type { Traffic } from "../traffic.ts";

/** What every good answer of the lab's own RPCs holds: the drink that was asked for. */
export function answersOf({ contracts, rpc, kind, drink, code }: Traffic): string[] {
  // The steps of an order that is watched do not name it.
  const isNamed = contracts === "lab" && rpc !== "WatchOrder" && !(rpc === undefined && kind === "server");
  return isNamed && code === "ok" ? [drink] : [];
}

/** Which part of the pauses between messages has to pass after the first: the rest is for a machine that is busy just then. */
const leastRest = 0.4;

/**
 * Grades whether the messages of a stream that takes its time came as they were made: who gathers them all and then hands them
 * on makes spans that look well. And whether they are as many as were asked for.
 */
export function gradeStreams(
  name: string,
  { contracts, rpc, kind, messages, backend, code }: Traffic,
  made: readonly {
    code?: string;
    responses: readonly unknown[];
    durationMs: number;
    firstMessageMs?: number;
  }[],
): GradeItem[] {
  const calls = made.filter((it) => (it.code ?? "ok") === "ok");
  const isStream = ["WatchOrder", "ServeTable"].includes(rpc ?? "") || kind === "server" || kind === "bidi";
  if (contracts !== "lab" || code !== "ok" || !isStream) return [];
  const fault = { code: "call.answer", edge: name };
  const short = calls.find(({ responses }) => responses.length !== messages);
  if (short !== undefined)
    return [missed(`${messages} messages in each stream`, `one has ${short.responses.length}`, fault)];
  if (messages < 2 || backend.workMs === 0) return [];
  const expectation = "the first message of a stream comes long before its last";
  // The pauses between messages pass after the first one has come; what a busy machine adds before it does not count.
  const pausesMs = (messages - 1) * backend.workMs;
  const restMs = (it: { durationMs: number; firstMessageMs?: number }) =>
    it.durationMs - (it.firstMessageMs ?? it.durationMs);
  const late = calls.find((it) => restMs(it) < pausesMs * leastRest);
  if (late === undefined) return [passed(expectation)];
  const seen = `after ${Math.round(late.firstMessageMs ?? 0)} of ${Math.round(late.durationMs)} ms`;
  return [missed(expectation, seen, { code: "call.late", edge: name })];
}

/**
 * Grades whether each answer holds these values, in whatever fields: what a learner's own contract calls them is the
 * learner's choice, what they say is not.
 */
export function gradeAnswers(
  name: string,
  wanted: readonly (string | number)[],
  calls: readonly { code?: string; responses: readonly unknown[]; traceId?: string }[],
): GradeItem[] {
  // A call that failed is reported as such, and has no answer that could lack anything.
  const answered = calls.filter(({ code = "ok" }) => code === "ok");
  if (wanted.length === 0 || answered.length === 0) return [];
  const expectation = `each answer holds ${wanted.join(", ")}`;
  for (const { responses, traceId } of answered) {
    const held = new Set(responses.flatMap(valuesIn));
    const lacking = wanted.filter((it) => !held.has(`${it}`));
    if (lacking.length > 0) {
      const more = { traceIds: traceId ? [traceId] : [] };
      return [
        missed(expectation, `one lacks ${lacking.join(", ")}`, { code: "call.answer", edge: name }, more),
      ];
    }
  }
  return [passed(expectation)];
}

/** The values of a message at any depth, as text. */
function valuesIn(it: unknown): string[] {
  if (typeof it !== "object" || it === null) return [`${it}`];
  return Object.entries(it).flatMap(([key, value]) => (key === "$typeName" ? [] : valuesIn(value)));
}
