export { Collection, type CollectOptions, collect } from "./collection.ts";
export { toCsv } from "./csv.ts";
export { Decomposer, decompose } from "./decompose.ts";
export { type EdgeCall, edgeCalls, type Party } from "./edge-calls.ts";
export { type Explanation, explain } from "./explain.ts";
export { interval, percent, roleStyle, signed } from "./format.ts";
export { compareAttributes } from "./label.ts";
export { interleave, type Turn } from "./modes-order.ts";
export { partsOf } from "./modes-parts.ts";
export { renderModes } from "./modes-render.ts";
export {
  isMoreThanNoise,
  judgeModes,
  type ModeSample,
  type ModesFigures,
  type ModesResult,
} from "./modes-result.ts";
export { type Mode, type ModeName, modeNames, modes, spansOf } from "./modes-table.ts";
export { notesOf } from "./notes.ts";
export { seededRandom } from "./random.ts";
export { renderExplanation } from "./render-explanation.ts";
export { renderContrast } from "./render-similar.ts";
export { renderReport } from "./render-text.ts";
export { type CompareReport, compareTraces, report } from "./report.ts";
export { type Contrast, contrast, type Likeness, likenessOf } from "./similar.ts";
export { nodeName } from "./span-index.ts";
