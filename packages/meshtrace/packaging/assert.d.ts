/** The types of the door `assert` in the published package: src/assert/index.ts says what each does. */

/** Traces as the helper has them, or whatever gives them. */
export type TraceSource = object | readonly object[] | { traces: () => readonly object[] };
export type HopsExpectation = string | readonly object[] | object;
export interface SpendOptions {
  percentile?: number;
}
interface CleanOptions {
  ignore?: readonly string[];
}

export function assertHops(traces: TraceSource, hops: HopsExpectation): Promise<void>;
export function assertClean(traces: TraceSource, options?: CleanOptions): Promise<void>;
export function assertSpendsAtMost(
  traces: TraceSource,
  what: string,
  limit: string | number,
  options?: SpendOptions,
): Promise<void>;

/** A span exporter of OpenTelemetry JS, for a SimpleSpanProcessor. */
export class InMemoryTraces {
  // biome-ignore lint/suspicious/noExplicitAny: the SDK's own types of spans differ from release to release.
  export(spans: any[], done: (result: any) => void): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
  reset(): void;
  traces(): { traceId: string; spans: object[] }[];
}

interface MatcherResult {
  pass: boolean;
  message: () => string;
}
export const matchers: {
  toHaveHops: (traces: TraceSource, hops: HopsExpectation) => Promise<MatcherResult>;
  toBeClean: (traces: TraceSource, options?: CleanOptions) => Promise<MatcherResult>;
  toSpendAtMost: (
    traces: TraceSource,
    what: string,
    limit: string | number,
    options?: SpendOptions,
  ) => Promise<MatcherResult>;
};

/** `declare module "vitest" { interface Matchers<T> extends MeshtraceMatchers {} }` makes them known to TypeScript. */
export interface MeshtraceMatchers {
  toHaveHops: (hops: HopsExpectation) => Promise<void>;
  toBeClean: (options?: CleanOptions) => Promise<void>;
  toSpendAtMost: (what: string, limit: string | number, options?: SpendOptions) => Promise<void>;
}
