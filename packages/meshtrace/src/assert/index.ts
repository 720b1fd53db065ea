import { AssertionError } from "node:assert";
import type { HopsExpectation, Judgement, SpendOptions, TraceSource } from "./judge.ts";
import { judgeClean, judgeHops, judgeSpend } from "./judge.ts";

export { type FinishedSpan, InMemoryTraces } from "./in-memory-traces.ts";
export type { HopsExpectation, SpendOptions, TraceSource } from "./judge.ts";

/**
 * Fails unless every trace has these hops, one below the other.
 *
 * @param hops a list of hops as in a file of expectations (docs/checking-traces.md), what would stand in one, or its name.
 * @throws {AssertionError} with the trace drawn; {TypeError} for what is no expectation.
 */
export async function assertHops(traces: TraceSource, hops: HopsExpectation): Promise<void> {
  hold(await judgeHops(traces, hops), assertHops);
}

/**
 * Fails when the rules find something in the traces that is more than a note.
 *
 * @param options `ignore`: codes of findings that are not looked at. Default: none.
 * @throws {AssertionError} with each cause, and the trace drawn.
 */
export async function assertClean(
  traces: TraceSource,
  options?: { ignore?: readonly string[] },
): Promise<void> {
  hold(await judgeClean(traces, options), assertClean);
}

/**
 * Fails when a role (`proxy`, `network`) or a hop (`gateway-proxy outbound`) has more of the time of a trace.
 *
 * @param limit "5 ms" for example, or nanoseconds.
 * @throws {AssertionError} with the longest trace drawn; {TypeError} when no trace has such a role or hop.
 */
export async function assertSpendsAtMost(
  traces: TraceSource,
  what: string,
  limit: string | number,
  options?: SpendOptions,
): Promise<void> {
  hold(await judgeSpend(traces, what, limit, options), assertSpendsAtMost);
}

function hold({ pass, message }: Judgement, by: (...args: never[]) => unknown): void {
  if (!pass) throw new AssertionError({ message, stackStartFn: by });
}

/** What a matcher of Vitest and Jest gives back. */
interface MatcherResult {
  pass: boolean;
  message: () => string;
}

const toResult = ({ pass, message }: Judgement): MatcherResult => ({ pass, message: () => message });

/** Matchers for `expect.extend` of Vitest and of Jest. They look at traces for a moment, so that they are awaited. */
export const matchers = {
  toHaveHops: async (traces: TraceSource, hops: HopsExpectation) => toResult(await judgeHops(traces, hops)),
  toBeClean: async (traces: TraceSource, options?: { ignore?: readonly string[] }) =>
    toResult(await judgeClean(traces, options)),
  toSpendAtMost: async (traces: TraceSource, what: string, limit: string | number, options?: SpendOptions) =>
    toResult(await judgeSpend(traces, what, limit, options)),
};

/** The matchers as TypeScript is to know them: `declare module "vitest" { interface Matchers<T> extends MeshtraceMatchers {} }`. */
export interface MeshtraceMatchers {
  toHaveHops: (hops: HopsExpectation) => Promise<void>;
  toBeClean: (options?: { ignore?: readonly string[] }) => Promise<void>;
  toSpendAtMost: (what: string, limit: string | number, options?: SpendOptions) => Promise<void>;
}
