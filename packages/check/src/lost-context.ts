import type { Finding } from "./findings.ts";
import type { OpenCallTable } from "./open-call-table.ts";
import type { OpenCall } from "./open-calls.ts";
import { OpenCalls } from "./open-calls.ts";

/** The first span of a trace, as far as it may be where a context was lost. */
export interface Root {
  traceId: string;
  spanId: string;
  label: string;
  service: string;
  isProxy: boolean;
  /** An application's CLIENT span: it begins the trace because its handler's context was not there. */
  isCall: boolean;
  path: string | undefined;
  requestIds: string[];
  /** Nanoseconds since 1970. */
  start: number;
  end: number;
}

/** A call that lost its context, the root that belongs below it, and how sure that is. */
export interface Lost {
  root: Root;
  call: OpenCall;
  confidence: NonNullable<Finding["confidence"]>;
}

/** Fits are taken for what they seem if so many of all calls and roots fit, each with another one. */
const mostShare = 0.9;
/** Else only if it is as unlikely as this that so many roots lie in calls by chance. */
const chanceLimit = 0.001;

/**
 * Finds roots of traces that belong below calls of other traces. Sure where both traces carry the same request id. By time
 * and path alone a root that is called from elsewhere may happen to lie in a call; so the calls and roots of one path are
 * looked at together, and none of them is reported if chance explains how many lie in each other.
 */
export class LostContexts {
  readonly #taken = new Set<string>();
  readonly #openByPath = new OpenCalls(this.#taken);
  readonly #openByRequest = new OpenCalls(this.#taken);
  readonly #roots: Root[] = [];
  readonly #open: OpenCallTable;

  /** @param open the open calls of all traces. */
  constructor(open: OpenCallTable) {
    this.#open = open;
  }

  addRoot(root: Root): void {
    this.#roots.push(root);
  }

  /** Looks out the calls that a root may belong below. */
  #takeOpen(): void {
    const paths = new Set<string | undefined>();
    const requests = new Set<string>();
    for (const { isCall, path, requestIds } of this.#roots) {
      if (!isCall) paths.add(path);
      for (const id of requestIds) requests.add(id);
    }
    paths.delete(undefined);
    for (let row = 0; row < this.#open.size; row++) {
      const path = this.#open.pathAt(row);
      if (path !== undefined && paths.has(path)) this.#openByPath.add(this.#open.at(row), path);
      for (const id of this.#open.requestIdsAt(row)) {
        if (requests.has(id)) this.#openByRequest.add(this.#open.at(row), id);
      }
    }
  }

  /** In the order of the roots' start, whatever order they came in. */
  find(): Lost[] {
    this.#takeOpen();
    const roots = this.#roots.sort((a, b) => a.start - b.start || byText(a, b));
    const sure = new Map<Root, Lost>();
    for (const root of roots) {
      const call = this.#byRequest(root);
      if (call) sure.set(root, { root, call, confidence: "certain" });
    }
    const kinds = new Map<string, Root[]>();
    for (const root of roots) {
      if (sure.has(root) || root.isCall || root.path === undefined) continue;
      const key = `${root.label}\n${root.path}`;
      const kind = kinds.get(key);
      if (kind) kind.push(root);
      else kinds.set(key, [root]);
    }
    const likely = [...kinds.values()].flatMap((kind) => this.#byPath(kind));
    return [...sure.values(), ...likely].sort(
      (a, b) => a.root.start - b.root.start || byText(a.root, b.root),
    );
  }

  #byRequest(root: Root): OpenCall | undefined {
    for (const id of root.requestIds) {
      const call = this.#openByRequest.take(id, root.start, root.end, (it) => {
        if (it.traceId === root.traceId) return false;
        // A handler that calls nobody, while a call of its own service begins a trace.
        if (root.isCall) return it.isHandler && it.service === root.service;
        const isPath = it.path === undefined || root.path === undefined || it.path === root.path;
        return !it.isHandler && isPath && mayCall(it, root);
      });
      if (call) return call;
    }
    return undefined;
  }

  /** @param kind all roots of one label and path. */
  #byPath(kind: Root[]): Lost[] {
    const key = kind[0]?.path as string;
    const fits = kind.flatMap((root): Lost[] => {
      const call = this.#openByPath.take(
        key,
        root.start,
        root.end,
        (it) => it.traceId !== root.traceId && mayCall(it, root),
      );
      return call ? [{ root, call, confidence: "likely" }] : [];
    });
    if (fits.length === 0) return [];
    const calls = this.#openByPath.of(key).filter((it) => mayCall(it, kind[0] as Root));
    const isMost = fits.length >= mostShare * Math.max(kind.length, calls.length);
    if (isMost || chanceOf(fits.length, kind, calls) < chanceLimit) return fits;
    for (const it of fits) this.#openByPath.giveBack(it.call);
    return [];
  }
}

/** Whether one can call the other at all: nobody calls itself through the mesh, and a sidecar hands on to its own. */
function mayCall(call: OpenCall, root: Root): boolean {
  return (
    !(call.service === root.service && call.isProxy === root.isProxy) && !(call.toOwnApp && root.isProxy)
  );
}

/**
 * How likely it is at most that so many of the roots lie in calls, were they spread over the time without regard to them
 * (Chernoff's bound of the binomial distribution).
 */
function chanceOf(fitting: number, roots: Root[], calls: readonly OpenCall[]): number {
  const all = [...roots, ...calls];
  const from = all.reduce((min, it) => Math.min(min, it.start), Number.POSITIVE_INFINITY);
  const to = all.reduce((max, it) => Math.max(max, it.end), Number.NEGATIVE_INFINITY);
  const covered = calls.reduce((sum, it) => sum + it.end - it.start, 0);
  const p = to > from ? Math.min(1, covered / (to - from)) : 1;
  const share = fitting / roots.length;
  if (share <= p) return 1;
  const divergence =
    share * Math.log(share / p) + (share < 1 ? (1 - share) * Math.log((1 - share) / (1 - p)) : 0);
  return Math.exp(-roots.length * divergence);
}

function byText(a: Root, b: Root): number {
  const [x, y] = [a.traceId + a.spanId, b.traceId + b.spanId];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** What is to be told of a call whose context was lost, so that `root` began a trace of its own. */
export function lostBetween({ root, call, confidence }: Lost): Finding {
  const why = call.isSideCall
    ? {
        cause: `${call.service} asked ${root.service} about the request without this trace's context (Envoy's ext_proc passes it on from 1.31 on), or ${root.service} did not extract it`,
        remedy: `update the Envoy of ${call.service} where it is older than 1.31, and let ${root.service} extract traceparent from the gRPC metadata`,
      }
    : call.isHandler
      ? {
          cause: `${call.service} took the context from the request, but its handler's calls run outside of it`,
          remedy: `activate the SERVER span's context around the handler in ${call.service} (context.with), and keep it over every await and callback`,
        }
      : call.isProxy
        ? {
            cause: root.isProxy
              ? `${root.service} did not take the context that ${call.service} sent, or something between the two removed it`
              : `${root.service} did not extract traceparent from the request's headers`,
            remedy: root.isProxy
              ? `see which headers ${root.service}'s tracer reads (Envoy's OpenTelemetry tracer reads traceparent, its Zipkin tracer B3), and that nothing on the way removes them`
              : `let ${root.service} extract the context before it starts its SERVER span, with a propagator that reads traceparent`,
          }
        : {
            cause: `${call.service} sent the call without its context: its client does not inject traceparent, or a header rule removes it on the way${root.isProxy ? "" : `; or ${root.service} did not extract it`}`,
            remedy: `inject the context into the headers of the call in ${call.service}; the first part behind it that logs another trace_id says where it is lost`,
          };
  return {
    code: "context.lost",
    edge: `${call.label} > ${root.label}`,
    evidence: `nothing is below ${call.label}, and ${root.label} is the root of another trace, ${root.traceId}, in the time of that call${root.path ? ` and with its path ${root.path}` : ""}; ${confidence === "certain" ? "both carry the same x-request-id" : `this match rests on time and path alone: if others call ${root.service} too, it may be a coincidence`}`,
    confidence,
    ...why,
    spanIds: [call.spanId],
    otherTraceIds: [root.traceId],
  };
}
