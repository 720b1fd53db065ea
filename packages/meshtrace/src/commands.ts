export { checkCommand } from "./commands/check.ts";
export { compareCommand, runCompare } from "./commands/compare.ts";
export { expectCommand } from "./commands/expect.ts";
export { scoreCommand } from "./commands/score.ts";
export { spanCommand } from "./commands/span.ts";
export { traceCommand } from "./commands/trace.ts";
export { tracesCommand } from "./commands/traces.ts";
