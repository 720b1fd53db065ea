export { compareModes } from "./modes/compare-modes.ts";
export { createProgram } from "./program.ts";
