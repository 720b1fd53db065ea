import type { Attributes, OriginFinder, Span, Trace, TraceIndex } from "@envoy-mesh-lab/trace";
import { edgeAt, indexTrace, labelAt, missingParent, noParent } from "@envoy-mesh-lab/trace";
import type { ScoreRuleId } from "./score-rules.ts";
import { impactWeights, resourceKeys, scoreRules, spanKeys } from "./score-rules.ts";

/** What came of a rule for a service. */
export interface RuleResult {
  id: ScoreRuleId;
  state: "passed" | "failed" | "not judged";
  /** What was seen of a rule that is failed; why one could not be judged. */
  seen?: string;
  /** Of a rule that is failed: the edge or the hop that shows it, in which trace, and how often it does. */
  edge?: string;
  traceId?: string;
  spanId?: string;
  count?: number;
}

/** The score of a service. */
export interface ServiceScore {
  /** `service.name`; empty for what has none. */
  service: string;
  spans: number;
  /** 0 to 100, over the rules that were judged. */
  score: number;
  /** As the specification calls it: 90 Excellent, 75 Good, 50 Needs Improvement, less Poor. */
  category: "Excellent" | "Good" | "Needs Improvement" | "Poor";
  rules: RuleResult[];
}

/** The scores of all services of an input. */
export interface ScoreReport {
  traces: number;
  spans: number;
  /** The lowest score first. */
  services: ServiceScore[];
}

/**
 * The Instrumentation Score (github.com/instrumentation-score/spec, version 0.1) of each service, as far as traces show it. Only
 * its own rules count, and those that could not be judged are in neither sum. The order of traces changes no score.
 */
export async function scoreTraces(
  traces: AsyncIterable<Trace> | Iterable<Trace>,
  findOrigins?: OriginFinder,
): Promise<ScoreReport> {
  const services = new Map<string, Tally>();
  const report = { traces: 0, spans: 0 };
  for await (const trace of traces) {
    report.traces++;
    report.spans += trace.spans.length;
    addTrace(services, indexTrace(trace, findOrigins));
  }
  return {
    ...report,
    services: [...services]
      .map(([service, tally]) => scoreOf(service, tally))
      .sort((a, b) => a.score - b.score || (a.service < b.service ? -1 : 1)),
  };
}

/** A place that shows that a rule is not met. */
type Shown = Required<Pick<RuleResult, "seen" | "edge" | "traceId" | "spanId">>;

class Tally {
  spans = 0;
  onKubernetes = false;
  /** Resources that were looked at; spans of one process share theirs. */
  readonly seenResources = new WeakSet<Attributes>();
  /** The pods, containers or hosts of each instance id, each with where it was seen. */
  readonly instances = new Map<string, Map<string, Shown>>();
  readonly failed = new Map<ScoreRuleId, { count: number; example: Shown }>();

  fail(id: ScoreRuleId, shown: Shown): void {
    const known = this.failed.get(id);
    if (known === undefined) this.failed.set(id, { count: 1, example: shown });
    else {
      known.count++;
      if (placeOf(shown) < placeOf(known.example)) known.example = shown;
    }
  }
}

/** Of several examples the one with the smallest ids is reported, so that the order of traces changes nothing. */
function placeOf({ traceId, spanId }: Shown): string {
  return `${traceId} ${spanId}`;
}

const mostInternal = 10;
const mostShort = 20;
const shortNs = 5e6;

function addTrace(services: Map<string, Tally>, index: TraceIndex): void {
  const internal = new Map<string, number>();
  const short = new Map<string, number>();
  let allShort = 0;
  for (let i = 0; i < index.spans.length; i++) {
    const span = index.spans[i] as Span;
    const service = nameOf(span.resource);
    const tally = services.get(service) ?? new Tally();
    services.set(service, tally);
    tally.spans++;
    addResource(tally, index, i);
    addSpan(tally, index, i);
    if (span.kind === "internal") internal.set(service, (internal.get(service) ?? 0) + 1);
    if ((index.end[i] as number) - (index.start[i] as number) < shortNs) {
      allShort++;
      if (!short.has(service)) short.set(service, i);
    }
  }
  for (const [service, count] of internal) {
    if (count <= mostInternal) continue;
    const i = index.spans.findIndex((it) => it.kind === "internal" && nameOf(it.resource) === service);
    services.get(service)?.fail("SPA-001", shownAt(index, i, `${count} INTERNAL spans in one trace`));
  }
  if (allShort <= mostShort) return;
  for (const [service, i] of short) {
    services
      .get(service)
      ?.fail(
        "SPA-005",
        shownAt(
          index,
          i,
          `${allShort} spans of one trace are shorter than 5 ms, some of them of this service`,
        ),
      );
  }
}

function nameOf({ "service.name": name }: Attributes): string {
  return typeof name === "string" ? name : "";
}

function textOf(attributes: Attributes, key: string): string | undefined {
  const value = attributes[key];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function addResource(tally: Tally, index: TraceIndex, i: number): void {
  const { resource } = index.spans[i] as Span;
  if (tally.seenResources.has(resource)) return;
  tally.seenResources.add(resource);
  const instance = textOf(resource, "service.instance.id");
  if (nameOf(resource) === "") tally.fail("RES-005", shownAt(index, i, "a resource without service.name"));
  if (instance === undefined) {
    tally.fail("RES-001", shownAt(index, i, "a resource without service.instance.id"));
  }
  const keys = Object.keys(resource);
  if (keys.some((it) => it.startsWith("k8s."))) {
    tally.onKubernetes = true;
    if (textOf(resource, "k8s.pod.uid") === undefined) {
      tally.fail(
        "RES-003",
        shownAt(index, i, "a resource with attributes of Kubernetes, and no k8s.pod.uid"),
      );
    }
  }
  const wrong = keys.find((it) => spanKeys.test(it));
  if (wrong !== undefined) {
    tally.fail("RES-004", shownAt(index, i, `${wrong} on a resource describes a request`));
  }
  if (instance === undefined) return;
  const carrier = ["k8s.pod.uid", "k8s.pod.name", "container.id", "host.id", "host.name"]
    .map((key) => textOf(resource, key))
    .find((it) => it !== undefined);
  const carriers = tally.instances.get(instance) ?? new Map<string, Shown>();
  tally.instances.set(instance, carriers);
  if (carrier === undefined) return;
  const shown = shownAt(index, i, "");
  const known = carriers.get(carrier);
  if (known === undefined || placeOf(shown) < placeOf(known)) carriers.set(carrier, shown);
}

/** Which instance ids are at several places; known only when all traces were seen. */
function checkInstances(tally: Tally): void {
  for (const [instance, carriers] of tally.instances) {
    if (carriers.size < 2) continue;
    const names = [...carriers.keys()].sort();
    const first = carriers.get(names[0] as string) as Shown;
    tally.fail("RES-002", { ...first, seen: `service.instance.id ${instance} on ${names.join(", ")}` });
  }
}

function addSpan(tally: Tally, index: TraceIndex, i: number): void {
  const { kind, attributes, parentSpanId } = index.spans[i] as Span;
  const parent = index.parent[i] as number;
  if (parent === missingParent) {
    tally.fail("SPA-002", shownAt(index, i, `its parent ${parentSpanId} is not in the trace`));
  }
  if (parent === noParent && kind === "client") {
    tally.fail("SPA-004", shownAt(index, i, "a trace begins with a CLIENT span"));
  }
  for (const key of Object.keys(attributes)) {
    if (resourceKeys.test(key)) {
      tally.fail("RES-004", shownAt(index, i, `${key} on a span describes a service`));
      break;
    }
  }
}

function shownAt(index: TraceIndex, i: number, seen: string): Shown {
  const parent = index.parent[i] as number;
  return {
    seen,
    edge: parent >= 0 ? edgeAt(index, parent, i) : labelAt(index, i),
    traceId: index.traceId,
    spanId: (index.spans[i] as Span).spanId,
  };
}

function scoreOf(service: string, tally: Tally): ServiceScore {
  checkInstances(tally);
  const rules = (Object.keys(scoreRules) as ScoreRuleId[]).map((id) => resultOf(id, tally));
  const sum = (list: RuleResult[]) =>
    list.reduce((total, { id }) => total + impactWeights[scoreRules[id].impact], 0);
  const passed = sum(rules.filter((it) => it.state === "passed"));
  const judged = sum(rules.filter((it) => it.state !== "not judged"));
  const score = (100 * passed) / judged;
  return { service, spans: tally.spans, score, category: categoryOf(score), rules };
}

function resultOf(id: ScoreRuleId, tally: Tally): RuleResult {
  const failed = tally.failed.get(id);
  if (failed) return { id, state: "failed", ...failed.example, count: failed.count };
  const why = whyUnjudged(id, tally);
  return why === undefined ? { id, state: "passed" } : { id, state: "not judged", seen: why };
}

function whyUnjudged(id: ScoreRuleId, tally: Tally): string | undefined {
  const rule = scoreRules[id];
  if ("unjudged" in rule) return rule.unjudged;
  if (id === "RES-002" && tally.instances.size === 0) return "no resource has service.instance.id";
  if (id === "RES-003" && !tally.onKubernetes) return "nothing says that it runs on Kubernetes";
  return undefined;
}

function categoryOf(score: number): ServiceScore["category"] {
  if (score >= 90) return "Excellent";
  if (score >= 75) return "Good";
  return score >= 50 ? "Needs Improvement" : "Poor";
}
