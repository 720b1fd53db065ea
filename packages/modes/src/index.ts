export { compareModes } from "./compare-modes.ts";
export { figuresSoFar, type ModesProgress } from "./progress.ts";
