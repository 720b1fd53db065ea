export { protocols } from "@envoy-mesh-lab/connections";
export {
  type BehaviorOptions,
  type CallRequest,
  type CallResult,
  call,
  codeByName,
  codeName,
} from "./call/call.ts";
export { findRpc, type Kind, kinds, rpcNames, rpcOf } from "./call/rpcs.ts";
export { createTransport } from "./call/transport.ts";
export { type CallKind, createCaller, graceMs, type LoadCall } from "./caller.ts";
export { monotonicClock } from "./clock.ts";
export { assertLoopback, callBounds, limits, sizeOf } from "./limits.ts";
export { type Note, notesOn } from "./notes.ts";
export { type Arrival, runOpenLoop } from "./open-loop.ts";
export { assertReachable } from "./reach.ts";
export { renderLoad } from "./render.ts";
export type { LoadReport } from "./report.ts";
export { type LoadProgress, runLoad } from "./run-load.ts";
