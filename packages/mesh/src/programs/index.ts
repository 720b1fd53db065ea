export { ensurePrograms } from "./ensure.ts";
export { interruptible } from "./interrupt.ts";
export { locatePrograms } from "./locate.ts";
export { type ProgramName, pinned } from "./pins.ts";
export { type ProgramProgress, progressPrinter } from "./progress.ts";
