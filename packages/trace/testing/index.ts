/** For the tests of what reads traces: traces made, drawn and recorded. */
export { drawnTrace } from "./drawn-trace.ts";
export { makeSpan, makeTrace } from "./fixtures.ts";
export { recordedFolder, samples } from "./places.ts";
export { normal, readBytes } from "./read-bytes.ts";
export { recordedTrace, recordedTraces } from "./recorded-trace.ts";
