/** How much a rule weighs in the score (Instrumentation Score 0.1, "Rules"). */
export const impactWeights = { critical: 40, important: 30, normal: 20, low: 10 } as const;

export type Impact = keyof typeof impactWeights;

/** A rule of the specification. */
export interface ScoreRule {
  impact: Impact;
  /** What holds when it is met, in words. */
  text: string;
  /** What to do where it is not met. */
  remedy: string;
  /** Why no trace can show it; absent for a rule that is judged. */
  unjudged?: string;
}

const noMetrics = "traces hold no metrics";
const noLogs = "traces hold no logs";
const metrics = { impact: "important", remedy: "", unjudged: noMetrics } as const;

/**
 * The rules of the Instrumentation Score (github.com/instrumentation-score/spec, version 0.1, as of April 2026), by their ids. It
 * forbids to count any other rule, and demands to say which ones were not judged.
 */
export const scoreRules = {
  "RES-001": {
    impact: "normal",
    text: "every resource has service.instance.id",
    remedy: "set service.instance.id, for example by the SDK's detector of the service's instance",
  },
  "RES-002": {
    impact: "important",
    text: "no two pods, containers or hosts share a service.instance.id",
    remedy:
      "make service.instance.id anew for each process (a random UUID), not for an image or a deployment",
  },
  "RES-003": {
    impact: "important",
    text: "what runs on Kubernetes has k8s.pod.uid",
    remedy: "let the Collector's k8sattributes processor add it, or set it from the downward API",
  },
  "RES-004": {
    impact: "important",
    text: "attributes of resources and of spans are at their own level",
    remedy: "set what describes the service on its resource, and what describes a request on its span",
  },
  "RES-005": {
    impact: "critical",
    text: "every resource has a service.name that is not empty",
    remedy: "set OTEL_SERVICE_NAME, or service.name in OTEL_RESOURCE_ATTRIBUTES",
  },
  "SPA-001": {
    impact: "normal",
    text: "no trace has more than 10 INTERNAL spans of the service",
    remedy: "make spans of what is worth to be timed by itself, and events or metrics of the rest",
  },
  "SPA-002": {
    impact: "normal",
    text: "every span's parent is in its trace",
    remedy:
      "look at the sampling of the service above it, and at the counters of dropped spans of its SDK and of the Collector",
  },
  "SPA-003": {
    impact: "important",
    text: "span names are few",
    remedy: "",
    unjudged: "the specification has no criterion for it yet; check tells span.many-names",
  },
  "SPA-004": {
    impact: "important",
    text: "no trace begins with a CLIENT span",
    remedy:
      "add server instrumentation, or a span around a job; where a context was lost, check says on which edge",
  },
  "SPA-005": {
    impact: "important",
    text: "no trace has more than 20 spans shorter than 5 ms",
    remedy: "leave out spans that are too short to be looked at, or join them",
  },
  "MET-001": { ...metrics, text: "metric attributes have few values" },
  "MET-002": { ...metrics, text: "metrics have units" },
  "MET-003": { ...metrics, text: "a metric has one unit everywhere" },
  "MET-004": { ...metrics, impact: "normal", text: "a histogram has the same buckets everywhere" },
  "MET-005": { ...metrics, impact: "normal", text: "metric names do not hold the unit" },
  "MET-006": { ...metrics, text: "metric names are no keys of attributes" },
  "LOG-001": { ...metrics, unjudged: noLogs, text: "debug logs are not on for long in production" },
  "LOG-002": { ...metrics, unjudged: noLogs, text: "logs have a severity" },
  "SDK-001": {
    impact: "low",
    text: "language and runtime are supported by the SDK",
    remedy: "",
    unjudged: "traces do not say which versions an SDK supports",
  },
} as const satisfies Record<string, ScoreRule>;

export type ScoreRuleId = keyof typeof scoreRules;

/** Keys that describe a service, and keys that describe a request, of which each is at one level only (RES-004). */
export const resourceKeys =
  /^(service\.(name|namespace|version|instance\.id)|telemetry\.sdk\.|k8s\.|deployment\.)/;
export const spanKeys = /^(http\.(request|response)\.|http\.route$|url\.|rpc\.|db\.|messaging\.)/;
