export { type Alike, type Cause, joinCauses } from "./causes/causes.ts";
export { checkTrace } from "./check.ts";
export { type CheckReport, checkTraces, hasFailures } from "./check-traces.ts";
export { hopsOf } from "./expect-from.ts";
export type { CountedExpectation, Verdict } from "./expectation-counts.ts";
export {
  type Expected,
  type ExpectedSpan,
  expectedSchema,
  hopName,
  severityCode,
  whereSchema,
} from "./expected.ts";
export { type Finding, isFindingCode, type Severity, severities, severityOf } from "./findings.ts";
export { toGithub } from "./github.ts";
export { toJson } from "./json.ts";
export { toJunit } from "./junit.ts";
export { keysToKeep } from "./kept-keys.ts";
export { plural } from "./plural.ts";
export { renderFindings, renderReport } from "./render.ts";
export { renderCause } from "./render-causes.ts";
export { renderExpected } from "./render-expected.ts";
export { applyRules } from "./rules/index.ts";
export { renderScore, scoreToJson } from "./score/render-score.ts";
export { type ScoreReport, scoreTraces } from "./score/score.ts";
export {
  type Count,
  count,
  countInWords,
  holds,
  inCount,
  inWords,
  type ValueTest,
  valueTest,
} from "./span-tests.ts";
export { type TraceLine, toLine } from "./trace-line.ts";
export type { VerdictItem } from "./verdict-item.ts";
export { isChosen } from "./what-spans-say.ts";
