import { printable } from "@envoy-mesh-lab/trace";
import type { Cause } from "./causes/causes.ts";
import { numbersOf } from "./causes/numbers.ts";
import type { CountedExpectation, Verdict } from "./expectation-counts.ts";
import type { Finding } from "./findings.ts";
import { plural } from "./plural.ts";

/** How many lines of a checklist are reported: what is not met first. */
const toldItems = 60;

/**
 * The checklist: what is not met, each once with in how many traces, and the number of its cause; what is met, of one trace
 * a line each where all are wanted, of many traces a number.
 */
export function renderChecklist(
  { name, ok, expectations }: Verdict,
  { traces, asExpected, causes, all }: ChecklistContext,
): string[] {
  const unmet = expectations.filter((it) => !it.ok);
  const own = unmet.filter((it) => !it.follows);
  const listed = traces === 1 && all ? expectations : own.length > 0 ? own : unmet;
  const told = listed.slice(0, toldItems);
  const numbers = numbersOf(causes);
  const each = traces === 1 ? "" : ` in each of ${plural(traces, "trace")}`;
  const head =
    unmet.length === 0
      ? `${expectations.length} of ${expectations.length} as expected${each}`
      : `${unmet.length} of ${plural(expectations.length, "expectation")} ${unmet.length === 1 ? "is" : "are"} not met${traces === 1 ? "" : `; ${asExpected} of ${plural(traces, "trace")} as expected`}`;
  const followers = unmet.length - listed.filter((it) => !it.ok).length;
  const right = expectations.length - unmet.length;
  return [
    `${ok ? "✔" : "✘"} ${printable(name)}: ${head}`,
    ...told.flatMap((it) => renderItem(it, traces, numbers)),
    ...(listed.length > told.length ? [`  … and ${listed.length - told.length} more`] : []),
    ...(followers > 0
      ? [`  ✘ ${followers} more, which only ${followers === 1 ? "follows" : "follow"} from these`]
      : []),
    ...(all && unmet.length > 0 && traces > 1 && right > 0 ? [`  ✔ ${right} more, met in every trace`] : []),
  ];
}

/** What the checklist is about. */
export interface ChecklistContext {
  /** How many traces were checked, and how many of them are as expected. */
  traces: number;
  asExpected: number;
  causes: readonly Cause[];
  /** Whether to tell also what is as expected. */
  all: boolean;
}

function renderItem(
  { ok, expectation, example, traces: looked, met }: CountedExpectation,
  traces: number,
  numbers: ReadonlyMap<Finding, number>,
): string[] {
  if (ok) return [`  ✔ ${printable(expectation)}`];
  const number = example.finding && numbers.get(example.finding);
  const where = [
    printable(example.path),
    ...(example.line ? [`line ${example.line}`] : []),
    ...(number === undefined ? [] : [`see ${number}`]),
  ];
  const many =
    traces === 1 || example.traceId === undefined
      ? ""
      : ` (in ${looked - met} of ${plural(looked, "trace")}, e.g. ${example.traceId})`;
  return [
    `  ✘ ${printable(expectation)}  (${where.join(", ")})`,
    `      seen: ${printable(example.seen)}${many}`,
  ];
}
