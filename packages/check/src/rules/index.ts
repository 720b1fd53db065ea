import type { TraceIndex } from "@envoy-mesh-lab/trace";
import { clocksOf } from "@envoy-mesh-lab/trace";
import type { Finding } from "../findings.ts";
import { processReader } from "../span-facts.ts";
import { checkAnsweredTwice } from "./answered-twice.ts";
import { checkDeadlines } from "./deadlines.ts";
import { checkIds } from "./ids.ts";
import { checkInjectedDelays } from "./injected-delays.ts";
import { checkKinds } from "./kinds.ts";
import { checkLocalReplies } from "./local-replies.ts";
import { checkQuirks } from "./quirks.ts";
import { checkRetries } from "./retries.ts";
import { checkRoots } from "./roots.ts";
import type { Rule, RuleInput } from "./rule.ts";
import { checkSiblings } from "./siblings.ts";
import { checkSidecars } from "./sidecars.ts";
import { checkSkew } from "./skew.ts";
import { checkStatus } from "./status.ts";
import { checkTimes } from "./times.ts";
import { checkUnknownProxies } from "./unknown-proxies.ts";

/** In this order: a rule leaves out what an earlier one has explained. */
const rules: Rule[] = [
  checkQuirks,
  checkIds,
  checkRoots,
  checkSiblings,
  checkAnsweredTwice,
  checkSidecars,
  checkUnknownProxies,
  checkKinds,
  checkDeadlines,
  checkLocalReplies,
  checkInjectedDelays,
  checkRetries,
  checkStatus,
  checkTimes,
  checkSkew,
];

/** Those that have nothing to say of a trace without proxies. */
const aboutProxies: ReadonlySet<Rule> = new Set([
  checkSidecars,
  checkLocalReplies,
  checkInjectedDelays,
  checkRetries,
  checkStatus,
]);

/**
 * What is wrong with a trace by itself, without knowing what was expected of it. Pure; the same spans in any order give
 * the same findings; never throws, whatever the spans say.
 */
export function applyRules(index: TraceIndex): Finding[] {
  const input: RuleInput = {
    index,
    clock: clocksOf(index.spans),
    process: processReader(),
    explained: new Set(),
  };
  const hasProxies = index.isProxy.includes(1);
  return rules.flatMap((rule) => (hasProxies || !aboutProxies.has(rule) ? rule(input) : []));
}
