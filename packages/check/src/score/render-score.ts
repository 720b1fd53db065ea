import { printable } from "@envoy-mesh-lab/trace";
import { plural } from "../plural.ts";
import type { RuleResult, ScoreReport, ServiceScore } from "./score.ts";
import type { ScoreRuleId } from "./score-rules.ts";
import { scoreRules } from "./score-rules.ts";

const title = "Instrumentation Score 0.1 (github.com/instrumentation-score/spec)";

/** The scores in words: each service with what it fails, where, and what to do; then what could not be judged. */
export function renderScore({ traces, spans, services }: ScoreReport): string {
  return [
    `${title}, from ${plural(traces, "trace")}, ${plural(spans, "span")}`,
    "The score might not be complete: rules that traces do not show are in neither sum.",
    ...services.flatMap(renderService),
    "",
    "not judged for any service:",
    ...[...unjudged(services)].map(([why, ids]) => `  ${ids.join(", ")}: ${why}`),
  ].join("\n");
}

function renderService({ service, score, category, rules }: ServiceScore): string[] {
  const failed = rules.filter((it) => it.state === "failed");
  const judged = rules.filter((it) => it.state !== "not judged");
  return [
    "",
    `${failed.length === 0 ? "✔" : "✘"} ${printable(service) || "(without service.name)"}: ${score.toFixed(1)} of 100, ${category}; ${judged.length - failed.length} of ${plural(judged.length, "judged rule")} met`,
    ...failed.flatMap(renderFailed),
  ];
}

function renderFailed({ id, seen = "", edge = "", traceId, spanId, count }: RuleResult): string[] {
  const { impact, text, remedy } = scoreRules[id];
  return [
    `  ${id} (${impact}): ${text}`,
    `      seen:   ${printable(seen)}${count === 1 ? "" : ` (${count} times)`}`,
    `      where:  ${printable(edge)}, span ${spanId} of trace ${traceId}`,
    `      remedy: ${remedy}`,
  ];
}

/** The rules that were judged for no service, by why. */
function unjudged(services: readonly ServiceScore[]): Map<string, ScoreRuleId[]> {
  const byWhy = new Map<string, ScoreRuleId[]>();
  for (const id of Object.keys(scoreRules) as ScoreRuleId[]) {
    const results = services.map((it) => it.rules.find((rule) => rule.id === id) as RuleResult);
    const [first] = results;
    if (first === undefined || results.some((it) => it.state !== "not judged")) continue;
    const why = first.seen ?? "";
    byWhy.set(why, [...(byWhy.get(why) ?? []), id]);
  }
  return byWhy;
}

/** What `score --json` prints: fields are added, never renamed. */
export function scoreToJson({ traces, spans, services }: ScoreReport): object {
  return {
    version: 1,
    specification: { url: "https://github.com/instrumentation-score/spec", version: "0.1" },
    complete: false,
    traces,
    spans,
    services: services.map((it) => ({
      ...it,
      rules: it.rules.map((rule) => {
        const { impact, text, remedy } = scoreRules[rule.id];
        return { ...rule, impact, text, ...(rule.state === "failed" ? { remedy } : {}) };
      }),
    })),
  };
}
