export { currentName } from "./attribute-names.ts";
export { type Clock, clocksOf, earlyTolerance, lateTolerance } from "./clock.ts";
export { clockGrain } from "./clock-grain.ts";
export { describeSpan, spanDetails } from "./describe-span.ts";
export { duration } from "./duration.ts";
export { ExitCode } from "./exit-codes.ts";
export { type FoldedRow, foldRepeats } from "./fold-repeats.ts";
export { htmlPage } from "./html-page.ts";
export { type Format, formats } from "./input/format.ts";
export { BadRequest, OtlpIntake } from "./input/otlp-intake.ts";
export { isObject, type Raw } from "./input/raw.ts";
export type { ReadOptions } from "./input/read-options.ts";
export { readStreams } from "./input/read-streams.ts";
export type { Keep } from "./input/reading.ts";
export { inWords, LabError } from "./lab-error.ts";
export { escapeMarkup } from "./markup.ts";
export {
  type Attributes,
  type AttributeValue,
  durationNs,
  type Quirk,
  type Span,
  type SpanEvent,
  type SpanKind,
  type SpanLink,
  type Trace,
} from "./model.ts";
export {
  type Origin,
  type OriginFinder,
  type Origins,
  originAttributes,
  originFinder,
  originsOf,
  type Role,
} from "./origins.ts";
export { type Color, paint } from "./paint.ts";
export { parseDuration } from "./parse-duration.ts";
export { printable, printableJson, printableLines } from "./printable.ts";
export { productOf } from "./proxy-evidence.ts";
export { isSharedName } from "./proxy-names.ts";
export { type ProxyRule, parseProxyRule } from "./proxy-rule.ts";
export { quirkSentence } from "./quirk-sentence.ts";
export { isQuirkCode, type QuirkCode, quirkEntry } from "./quirk-table.ts";
export { renderTrace } from "./render.ts";
export { type Cell, cards, details, figure, reportPage, swatch, table } from "./report-page.ts";
export { serviceOf } from "./service-name.ts";
export { meaningOf } from "./span-glossary.ts";
export { suggest } from "./suggest.ts";
export { wrap, wrapLines } from "./text.ts";
export { textTable } from "./text-table.ts";
export { shorten, textWidth } from "./text-width.ts";
export { toOtlpJson } from "./to-otlp-json.ts";
export { topDown } from "./top-down.ts";
export { edgeAt, idsAt, idsWith, indexTrace, labelAt, type TraceIndex } from "./trace-index.ts";
export {
  childrenOf,
  depthsOf,
  missingParent,
  noParent,
} from "./trace-structure.ts";
export { type SpanNode, toForest } from "./tree.ts";
export { parseWhole } from "./whole-number.ts";
