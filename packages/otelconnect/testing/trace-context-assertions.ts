import assert from "node:assert/strict";
import type { TraceContextCase } from "./trace-context-cases.ts";
import { spanId, traceId } from "./trace-context-cases.ts";

/** The headers that a service's own call carries, or a proxy's behind it. */
export interface OutgoingHeaders {
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
}

/** Checks what a service sends on for a case; it is a span of its own in the right trace, and nothing malformed. */
export function assertPropagated(
  { what, trace, tracestate, random = false, sampled = true }: Omit<TraceContextCase, "headers" | "section">,
  sent: OutgoingHeaders,
): void {
  const [, sentTraceId, sentSpanId, flags] =
    /^00-((?!0{32})[0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-0([0-3])$/.exec(sent.traceparent ?? "") ?? [];
  assert.ok(sentTraceId, `${what}: a valid traceparent, not ${sent.traceparent}`);
  assert.equal(sentTraceId === traceId, trace === "continued", `${what}: ${sent.traceparent} is ${trace}`);
  assert.notEqual(sentSpanId, spanId, `${what}: a span of its own`);
  assert.equal(sent.tracestate, tracestate, `${what}: tracestate`);
  assert.equal((Number(flags) & 1) === 1, sampled, `${what}: sampled`);
  // Of a trace that starts here it is up to the SDK.
  if (trace === "continued") {
    assert.equal((Number(flags) & 2) === 2, random, `${what}: random flag`);
  }
}
