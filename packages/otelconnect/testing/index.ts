export { rawRequest } from "./raw-request.ts";
export { assertPropagated } from "./trace-context-assertions.ts";
export { type TraceContextCase, traceContextCases } from "./trace-context-cases.ts";
