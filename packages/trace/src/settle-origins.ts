import type { Span } from "./model.ts";
import type { Origin } from "./origin.ts";
import { envoyNames } from "./proxy-evidence.ts";
import { isGatewayName, isSharedName, proxySuffix } from "./proxy-names.ts";
import type { Direction, Told } from "./proxy-place.ts";
import { directionOf, isConsulUpstream } from "./proxy-place.ts";
import { gatewayProducts, proxyLibraries, sidecarProducts } from "./proxy-products.ts";
import { serviceOf } from "./service-name.ts";
import { topDown } from "./top-down.ts";
import type { TraceStructure } from "./trace-structure.ts";
import { childrenOf } from "./trace-structure.ts";

/** Of the resource, what tells two instances of one service apart. */
const instanceKeys = ["service.instance.id", "k8s.pod.name", "container.id", "host.name", "host.ip"];

/**
 * Settles who made the spans of a trace where that shows only from the spans around them. What a request makes in one
 * proxy hangs together: the SERVER span for what came in, the steps inside, and the CLIENT spans for what went on. That
 * is one passage, of one proxy, with one direction and for one workload.
 *
 * @param originOf who made a span, by what it says of itself.
 * @returns who made each span, by its place. Linear.
 */
export function settleOrigins(
  structure: TraceStructure,
  originOf: (span: Span) => Origin,
): readonly Origin[] {
  const alone = structure.spans.map(originOf);
  return saysAll(structure, alone) ? alone : new Settling(structure, alone).settle();
}

/** Whether nothing is to be settled: most proxies say all of it by themselves, and applications too. */
function saysAll({ spans, parent }: TraceStructure, alone: readonly Origin[]): boolean {
  const nameless = new Set<string>();
  for (let i = 0; i < alone.length; i++) {
    const { role, proxy, direction, workload } = alone[i] as Origin;
    const above = alone[parent[i] as number];
    if (role === "proxy") {
      const isTurned =
        above?.role === "proxy" &&
        above.direction !== direction &&
        serviceOf(spans[parent[i] as number] as Span) === serviceOf(spans[i] as Span);
      if (isMisnamed(spans[i] as Span)) return false;
      if (direction === undefined || isTurned || proxyLibraries.has(proxy ?? "")) return false;
      if (workload === undefined) nameless.add(serviceOf(spans[i] as Span));
    } else if (above?.role === "proxy" && mayBeStep(spans[parent[i] as number] as Span, spans[i] as Span)) {
      return false;
    }
  }
  if (nameless.size === 0) return true;
  for (const it of nameless) if (proxySuffix.test(it) || isSharedName(it)) return false;
  return !spans.some((it, i) => alone[i]?.role === "app" && nameless.has(serviceOf(it)));
}

/**
 * Whether a span's kind is that of a step inside of a process. Where the span above says no kind, its library says none of
 * any span (OpenTracing), so that only what comes in anew is no step: nginx with Lua calls others by itself.
 */
function mayBeStep(outer: Span, { kind }: Span): boolean {
  return kind === "internal" || (outer.kind === "unspecified" && kind !== "server" && kind !== "consumer");
}

class Settling {
  readonly #structure: TraceStructure;
  readonly #alone: Origin[];
  readonly #settled: Origin[];
  /** The services that applications of the trace have. */
  readonly #apps = new Set<string>();
  /** By its first span: the spans of a passage, from the top down. */
  readonly #passages = new Map<number, number[]>();

  constructor(structure: TraceStructure, alone: Origin[]) {
    this.#structure = structure;
    this.#alone = alone;
    this.#settled = [...alone];
  }

  settle(): readonly Origin[] {
    const { spans, parent } = this.#structure;
    for (let i = 0; i < spans.length; i++) this.#takeHandler(i);
    const heads = new Int32Array(spans.length).fill(-1);
    for (const i of topDown(this.#structure)) {
      const above = parent[i] as number;
      if (this.#isStepOf(above, i)) this.#takeStep(above, i);
      if (this.#at(i).role === "app") {
        this.#apps.add(serviceOf(this.#span(i)));
        continue;
      }
      const head = this.#isSamePassage(above, i) ? (heads[above] as number) : i;
      heads[i] = head;
      const passage = this.#passages.get(head);
      if (passage) passage.push(i);
      else this.#passages.set(head, [i]);
    }
    for (const passage of this.#passages.values()) this.#place(passage);
    return this.#settled;
  }

  #span(i: number): Span {
    return this.#structure.spans[i] as Span;
  }

  #at(i: number): Origin {
    return this.#settled[i] as Origin;
  }

  /** Whether a span that does not say so is a step inside of the proxy above: a plugin, a middleware, a filter. */
  #isStepOf(above: number, i: number): boolean {
    if (above < 0 || this.#at(i).role === "proxy" || this.#at(above).role === "app") return false;
    const [outer, inner] = [this.#span(above), this.#span(i)];
    if (serviceOf(outer) !== serviceOf(inner) || !isSameInstance(outer, inner)) return false;
    const { proxy = "" } = this.#at(above);
    if (proxyLibraries.has(proxy) && outer.kind === "internal") return inner.kind === "client";
    // Envoy makes no such spans; INTERNAL ones below it are an application's that has the same name.
    return mayBeStep(outer, inner) && proxy !== "envoy" && outer.scope.name === inner.scope.name;
  }

  /** Where a span is of a proxy that is a library, the SERVER span above it, of the same process, is the proxy's. */
  #takeHandler(i: number): void {
    const above = this.#structure.parent[i] as number;
    const { proxy = "" } = this.#alone[i] as Origin;
    if (above < 0 || !proxyLibraries.has(proxy) || this.#at(above).role === "proxy") return;
    const [outer, inner] = [this.#span(above), this.#span(i)];
    if (outer.kind !== "server" || serviceOf(outer) !== serviceOf(inner)) return;
    this.#settled[above] = { role: "proxy", proxy, evidence: [`${proxy} hands on what comes in here`] };
  }

  #takeStep(above: number, i: number): void {
    const { proxy } = this.#at(above);
    this.#settled[i] = {
      role: "proxy",
      ...(proxy === undefined ? {} : { proxy }),
      evidence: ["directly below a span of the same proxy, in the same process"],
    };
  }

  /** Whether two spans of a proxy, parent and child, were made of one request on its way through one instance. */
  #isSamePassage(above: number, i: number): boolean {
    if (above < 0 || this.#at(above).role === "app") return false;
    const [outer, inner] = [this.#span(above), this.#span(i)];
    // A SERVER span is a request that came in anew.
    if (inner.kind === "server" || serviceOf(outer) !== serviceOf(inner)) return false;
    if (this.#at(above).proxy !== this.#at(i).proxy || !isSameInstance(outer, inner)) return false;
    // A try upstream, or a side call: it goes out from whatever came in.
    if (envoyNames.test(inner.name)) return true;
    // With one span each way, a workload without spans of its own may stand between what came in and what went out.
    const [came, went] = [this.#at(above).direction, this.#at(i).direction];
    return came === undefined || went === undefined || came === went;
  }

  /** Adds to the origins of a passage what it says anywhere, or what the spans around it tell. */
  #place(passage: number[]): void {
    const [head] = passage as [number];
    const said = {
      // A side call goes out, whichever way the proxy looks.
      direction: passage.find(
        (it) => this.#at(it).direction !== undefined && !this.#isSideCall(it) && !isMisnamed(this.#span(it)),
      ),
      workload: passage.find((it) => this.#at(it).workload !== undefined),
    };
    const workload =
      said.workload === undefined
        ? (this.#workloadByName(head) ?? this.#workloadBeside(passage, said.direction))
        : told(this.#at(said.workload).workload as string, "another span of the same proxy says so");
    const around =
      said.direction === undefined || (workload !== undefined && this.#isByDefault(said.direction))
        ? this.#directionAround(passage, workload?.value)
        : undefined;
    const direction =
      around ??
      (said.direction === undefined
        ? (this.#directionOfGateway(passage) ?? this.#directionByKind(head))
        : told(this.#at(said.direction).direction as Direction, "another span of the same proxy says so"));
    for (const i of passage) {
      const origin = this.#at(i);
      const isPlaced =
        (direction === undefined || origin.direction === direction.value) &&
        (workload === undefined || origin.workload !== undefined);
      if (isPlaced) continue;
      const isTurned = direction !== undefined && origin.direction !== direction.value;
      const evidence = origin.evidence.filter(
        (it) => !isTurned || origin.direction === undefined || !it.startsWith(`${origin.direction}: `),
      );
      if (workload !== undefined && origin.workload === undefined) {
        evidence.push(`is the proxy of ${workload.value}: ${workload.evidence}`);
      }
      if (isTurned) {
        evidence.push(`${direction.value}: ${direction.evidence}`);
      }
      this.#settled[i] = {
        ...origin,
        ...(workload === undefined ? {} : { workload: origin.workload ?? workload.value }),
        ...(direction === undefined ? {} : { direction: direction.value }),
        evidence,
      };
    }
  }

  /** Whether a span says its direction by no more than Envoy's name for all listeners that do not say OUTBOUND. */
  #isByDefault(i: number): boolean {
    const span = this.#span(i);
    return /^ingress$/i.test(span.name) && directionOf({ ...span, name: "" }) === undefined;
  }

  /** A sidecar is often named after its workload, as that or with something behind it. */
  #workloadByName(head: number): Told<string> | undefined {
    const service = serviceOf(this.#span(head));
    const bare = service.replace(proxySuffix, "");
    const isWorkload = bare !== "unknown_service" && !isSharedName(service);
    return this.#apps.has(bare) || (isWorkload && bare !== service)
      ? told(bare, `service.name="${service}"`)
      : undefined;
  }

  /**
   * Where all sidecars of a mesh have one name, each works for the application on its inner side: below what comes in,
   * above what goes out.
   */
  #workloadBeside(passage: number[], said: number | undefined): Told<string> | undefined {
    const [head] = passage as [number];
    const { proxy = "" } = this.#at(head);
    if (!isSharedName(serviceOf(this.#span(head))) || gatewayProducts.has(proxy)) return undefined;
    const isSaid = said !== undefined && !this.#isByDefault(said);
    // An Envoy that does not say so may as well stand in front of several.
    const around = isSaid || proxy === "envoy" ? undefined : this.#directionAround(passage, undefined);
    const direction = isSaid ? this.#at(said).direction : around?.value;
    if (direction === undefined) return undefined;
    const app = direction === "inbound" ? this.#appBelow(passage) : this.#appAbove(passage);
    return app && told(serviceOf(app), `the application ${direction === "inbound" ? "below" : "above"} it`);
  }

  #directionOfGateway(passage: number[]): Told<Direction> | undefined {
    const gateway = passage.map((it) => this.#span(it)).find(isMisnamed);
    return (
      gateway && told("inbound", `service.name="${serviceOf(gateway)}" is one of a gateway at the way in`)
    );
  }

  /** Linkerd and Dapr make a SERVER span for what comes in and a CLIENT span for what goes out, and no other. */
  #directionByKind(head: number): Told<Direction> | undefined {
    const { proxy = "" } = this.#at(head);
    const { kind } = this.#span(head);
    if (!sidecarProducts.has(proxy) || (kind !== "server" && kind !== "client")) return undefined;
    return told(
      kind === "server" ? "inbound" : "outbound",
      `kind ${kind.toUpperCase()} of a sidecar of ${proxy}`,
    );
  }

  /** Whether Envoy asks somebody about a request: ext_authz, ext_proc, a rate limit. It names the span so. */
  #isSideCall(i: number): boolean {
    return this.#span(i).name.startsWith("async ");
  }

  #directionAround(passage: number[], workload: string | undefined): Told<Direction> | undefined {
    const isOwn = (app: Span) => workload === undefined || serviceOf(app) === workload;
    const caller = this.#appAbove(passage);
    const callee = this.#appBelow(passage);
    const above = caller !== undefined && isOwn(caller) && !this.#isGateway(passage);
    const below = callee !== undefined && isOwn(callee);
    if (above === below) return undefined;
    return below
      ? told("inbound", `the application ${serviceOf(callee as Span)} is below it`)
      : told("outbound", `the application ${serviceOf(caller as Span)} is above it`);
  }

  /**
   * Whether a proxy has a name of its own, or is of a product that stands in front of others: whoever calls it first
   * need not be the one that it works for.
   */
  #isGateway([head]: number[]): boolean {
    const service = serviceOf(this.#span(head as number));
    const { proxy = "", workload } = this.#at(head as number);
    if (gatewayProducts.has(proxy)) return true;
    const isNamedForAnother =
      !isSharedName(service) && !proxySuffix.test(service) && !this.#apps.has(service);
    return workload === undefined && service !== "unknown_service" && isNamedForAnother;
  }

  #appAbove([head]: number[]): Span | undefined {
    const above = this.#structure.parent[head as number] as number;
    return above >= 0 && this.#at(above).role === "app" ? this.#span(above) : undefined;
  }

  /** The application behind the proxy; not the one that a side call asks, as long as there is another. */
  #appBelow(passage: number[]): Span | undefined {
    let asked: Span | undefined;
    for (const i of passage) {
      const isSideCall = this.#isSideCall(i);
      for (const child of childrenOf(this.#structure, i)) {
        if (this.#at(child).role !== "app") continue;
        if (!isSideCall) return this.#span(child);
        asked ??= this.#span(child);
      }
    }
    return asked;
  }
}

/**
 * Whether a gateway at the way in only seems to look outbound: its listener is set up as OUTBOUND, so that what comes in is
 * called `egress HOST` (Emissary), or what it asks has the name that it has for sidecars too (Consul).
 */
function isMisnamed(span: Span): boolean {
  if (!isGatewayName(serviceOf(span))) return false;
  const isNamedSo = /^egress( |$)/i.test(span.name);
  const isConsul = isConsulUpstream(span);
  if (!isNamedSo && !isConsul) return false;
  const { upstream_cluster: _, "upstream_cluster.name": __, ...others } = span.attributes;
  return directionOf({ ...span, name: "", attributes: isConsul ? others : span.attributes }) === undefined;
}

function told<T>(value: T, evidence: string): Told<T> {
  return { value, evidence };
}

/** Whether nothing tells two spans of one service to be of different instances. */
function isSameInstance({ resource: a }: Span, { resource: b }: Span): boolean {
  return (
    a === b || instanceKeys.every((key) => a[key] === undefined || b[key] === undefined || a[key] === b[key])
  );
}
