import type { Span, SpanKind, Trace } from "@envoy-mesh-lab/trace";

/** The instrumentation scopes of proxies of several makes. */
const proxyScopes = ["envoy", "nginx", "github.com/traefik/traefik", "haproxy"] as const;

/** Whether a span is a proxy's, of whatever make. */
export function isProxys({ scope }: Pick<Span, "scope">): boolean {
  return (proxyScopes as readonly string[]).includes(scope.name);
}

/** The scope of a proxy: of several proxies, those of some names are of another make. */
export function proxyScopeOf(service: string): string {
  return proxyScopes[service.charCodeAt(0) % proxyScopes.length] as string;
}

/** How many spans a proxy makes for what it passes on. */
export type Spans = "two" | "one" | "none";

/** Time on the way in and on the way back, in ns. */
export type BothWays = [number, number];

/** A proxy on a call's way. */
export interface SyntheticProxy {
  spans: Spans;
  own: BothWays;
  /** The leg after it. */
  leg: BothWays;
  /** Attempts that nobody answered, before the one that counts: how long each took, and the pause after it. */
  retries: { took: number; pause: number }[];
}

/** A call of one application to another. */
export interface SyntheticCall {
  client: BothWays;
  outbound?: SyntheticProxy;
  inbound?: SyntheticProxy;
  app: SyntheticApp;
}

/**
 * What an application does: it works, calls (several calls begin together), keeps a stream open while it makes other
 * calls one after the other, or sets something going.
 */
export type SyntheticStep =
  | { work: number; wrapped: boolean }
  | { calls: SyntheticCall[] }
  | { stream: SyntheticCall; meanwhile: SyntheticCall[] }
  | { publish: number }
  | { background: number };

export interface SyntheticApp {
  service: string;
  steps: SyntheticStep[];
  /** How long it took, when it was cut off by sampling: neither it nor what it called has a span. */
  unseen?: number;
}

/** The same application where each proxy makes so many spans, and nothing is tried again. */
export function withSpans(app: SyntheticApp, spans: Spans): SyntheticApp {
  const proxy = (it: SyntheticProxy): SyntheticProxy => ({ ...it, spans, retries: [] });
  const call = (it: SyntheticCall): SyntheticCall => ({
    ...it,
    ...(it.outbound === undefined ? {} : { outbound: proxy(it.outbound) }),
    ...(it.inbound === undefined ? {} : { inbound: proxy(it.inbound) }),
    app: withSpans(it.app, spans),
  });
  const step = (it: SyntheticStep): SyntheticStep =>
    "calls" in it
      ? { calls: it.calls.map(call) }
      : "stream" in it
        ? { stream: call(it.stream), meanwhile: it.meanwhile.map(call) }
        : it;
  return { ...app, steps: app.steps.map(step) };
}

/** Who runs where, and by how much the clocks are wrong. */
export interface World {
  /** Whether resources name their host, so that an application and its proxies are known to share a clock. */
  hostNames: boolean;
  /** Offsets of the clocks in ns, one for each service's host in turn. */
  offsets: number[];
}

/** A trace with the truth about it: ns for each hop's key. */
export interface Synthetic {
  trace: Trace;
  truth: Map<string, number>;
  totalNs: number;
}

const epoch = 1_700_000_000_000_000_000n;

/** Makes the spans of an application that is called once, and adds up where the time really went. */
export function synthesize(app: SyntheticApp, world: World, traceId = "0af7651916cd43dd8448eb211c80319c") {
  const builder = new Builder(world, traceId);
  const truth = new Map<string, number>();
  const end = builder.app(app, 0, undefined, truth);
  return { trace: { traceId, spans: builder.spans }, truth, totalNs: end } satisfies Synthetic;
}

interface Party {
  name: string;
  service: string;
  host: string;
  proxy: boolean;
  direction?: string;
}

class Builder {
  readonly spans: Span[] = [];
  readonly #world: World;
  readonly #traceId: string;
  readonly #hosts: string[] = [];

  constructor(world: World, traceId: string) {
    this.#world = world;
    this.#traceId = traceId;
  }

  /** An application that answers from `at` on; returns when it has answered. */
  app({ service, steps }: SyntheticApp, at: number, parent: string | undefined, truth: Truth): number {
    const who: Party = { name: service, service, host: service, proxy: false };
    const id = this.#open();
    let now = at;
    const background: [string, number][] = [];
    for (const step of steps) {
      if ("work" in step) {
        if (step.wrapped) this.#close(this.#open(), who, "internal", id, now, now + step.work);
        add(truth, `app ${service}`, step.work);
        now += step.work;
      } else if ("publish" in step) {
        const producer = this.#open();
        this.#close(producer, who, "producer", id, now, now + step.publish);
        const consumer: Party = { name: "mailer", service: "mailer", host: "mailer", proxy: false };
        this.#close(this.#open(), consumer, "consumer", producer, now, now + 3 * step.publish);
        add(truth, `client ${service}`, step.publish);
        now += step.publish;
      } else if ("background" in step) {
        background.push([this.#open(), now]);
      } else if ("stream" in step) {
        now = this.#stream(step, who, now, id, truth);
      } else {
        now = this.#together(step.calls, who, now, id, truth);
      }
    }
    for (const [child, from] of background) {
      // Most of it lies after the answer, and nobody waits for it.
      this.#close(child, who, "internal", id, from, now + (now - at) + 10);
    }
    this.#close(id, who, "server", parent, at, now);
    return now;
  }

  /** Calls that begin together: the last to return is the one that was waited for. */
  #together(calls: SyntheticCall[], who: Party, at: number, parent: string, truth: Truth): number {
    let last: { end: number; truth: Truth } = { end: at, truth: new Map() };
    calls.forEach((call, i) => {
      const own: Truth = new Map();
      // No two of them end in the same moment, else the truth would be a matter of taste.
      const end = this.#call(call, who, at, parent, own, (end) => end + ((((i - end) % 8) + 8) % 8));
      if (end > last.end) last = { end, truth: own };
    });
    for (const [key, ns] of last.truth) add(truth, key, ns);
    return last.end;
  }

  /** A stream that is closed after the calls that were made meanwhile: the time is its own. */
  #stream(
    { stream, meanwhile }: { stream: SyntheticCall; meanwhile: SyntheticCall[] },
    who: Party,
    at: number,
    parent: string,
    truth: Truth,
  ): number {
    let now = at;
    for (const call of meanwhile) now = this.#call(call, who, now, parent, new Map(), (end) => end);
    return this.#call(stream, who, at, parent, truth, (end) => Math.max(end, now + 1));
  }

  #call(
    { client, outbound, inbound, app }: SyntheticCall,
    who: Party,
    at: number,
    parent: string,
    truth: Truth,
    settle: (end: number) => number,
  ): number {
    const proxies = [
      ...(outbound ? [{ proxy: outbound, direction: "outbound", of: who.service }] : []),
      ...(inbound ? [{ proxy: inbound, direction: "inbound", of: app.service }] : []),
    ].map(({ proxy, direction, of }) => ({ ...proxy, who: proxyOf(of, direction) }));
    const id = this.#open();
    const inner = this.#through(proxies, app, at + client[0], id, truth, { who, ns: client[0] });
    const end = settle(inner.end + client[1]);
    add(truth, inner.callersHop, end - inner.end);
    this.#close(id, who, "client", parent, at, end);
    return end;
  }

  /**
   * Passes a call on through proxies to an application.
   *
   * @param before who asked last with a span, and the time since that no span tells apart.
   */
  #through(
    [proxy, ...rest]: (SyntheticProxy & { who: Party })[],
    app: SyntheticApp,
    at: number,
    parent: string,
    truth: Truth,
    before: { who: Party; ns: number; mixed?: boolean },
  ): { end: number; callersHop: string } {
    if (proxy === undefined) {
      if (app.unseen !== undefined) {
        const hop = unseenHop(before);
        add(truth, hop, before.ns + app.unseen);
        return { end: at + app.unseen, callersHop: hop };
      }
      const hop = hopTo(before, { name: app.service, service: app.service, host: app.service, proxy: false });
      add(truth, hop, before.ns);
      return { end: this.app(app, at, parent, truth), callersHop: hop };
    }
    const { who, own, leg, spans } = proxy;
    if (spans === "none") {
      const ns = before.ns + own[0] + leg[0];
      const inner = this.#through(rest, app, at + own[0] + leg[0], parent, truth, { ...before, ns });
      add(truth, inner.callersHop, leg[1] + own[1]);
      return { end: inner.end + leg[1] + own[1], callersHop: inner.callersHop };
    }
    const hop = hopTo(before, who);
    add(truth, hop, before.ns);
    const server = this.#open();
    if (spans === "one") {
      const from = { who, ns: own[0] + leg[0], mixed: true };
      const inner = this.#through(rest, app, at + own[0] + leg[0], server, truth, from);
      const end = inner.end + leg[1] + own[1];
      add(truth, inner.callersHop, leg[1] + own[1]);
      this.#close(server, who, who.direction === "inbound" ? "server" : "client", parent, at, end);
      return { end, callersHop: hop };
    }
    let now = at + own[0];
    add(truth, `proxy ${who.name}`, own[0] + own[1]);
    for (const { took, pause } of proxy.retries) {
      this.#close(this.#open(), who, "client", server, now, now + took);
      add(truth, `waiting ${who.name} → peer (no span)`, took);
      add(truth, `proxy ${who.name}`, pause);
      now += took + pause;
    }
    const client = this.#open();
    const inner = this.#through(rest, app, now + leg[0], client, truth, { who, ns: leg[0] });
    add(truth, inner.callersHop, leg[1]);
    this.#close(client, who, "client", server, now, inner.end + leg[1]);
    this.#close(server, who, "server", parent, at, inner.end + leg[1] + own[1]);
    return { end: inner.end + leg[1] + own[1], callersHop: hop };
  }

  /** An id for a span that is reported later. */
  #open(): string {
    return (this.spans.push({} as Span) * 7919).toString(16).padStart(16, "0");
  }

  #close(
    id: string,
    who: Party,
    kind: SpanKind,
    parent: string | undefined,
    start: number,
    end: number,
  ): void {
    const at = Number.parseInt(id, 16) / 7919 - 1;
    const offset = epoch + BigInt(this.#offset(who.host));
    this.spans[at] = {
      traceId: this.#traceId,
      spanId: id,
      ...(parent === undefined ? {} : { parentSpanId: parent }),
      name: `${who.name} ${kind}`,
      kind,
      startNs: offset + BigInt(start),
      endNs: offset + BigInt(end),
      status: { code: "unset" },
      attributes: {},
      resource: {
        "service.name": who.service,
        ...(this.#world.hostNames ? { "host.id": who.host } : {}),
        ...(who.direction ? { "mesh.proxy.direction": who.direction, "mesh.proxy.workload": who.host } : {}),
      },
      scope: { name: who.proxy ? proxyScopeOf(who.service) : "app" },
      events: [],
      links: [],
    };
  }

  #offset(host: string): number {
    if (!this.#hosts.includes(host)) this.#hosts.push(host);
    return this.#world.offsets[this.#hosts.indexOf(host) % this.#world.offsets.length] ?? 0;
  }
}

type Truth = Map<string, number>;

function add(truth: Truth, key: string, ns: number): void {
  if (ns > 0) truth.set(key, (truth.get(key) ?? 0) + ns);
}

function proxyOf(workload: string, direction: string): Party {
  const service = `${workload}-proxy`;
  return { name: `${service} ${direction}`, service, host: workload, proxy: true, direction };
}

function hopTo(before: { who: Party; mixed?: boolean }, to: Party): string {
  const own = !before.who.proxy && to.proxy && to.host === before.who.host;
  return `${before.mixed ? "mixed" : own ? "client" : "network"} ${before.who.name} → ${to.name}`;
}

/** Whose time it is when nobody below has a span. One SERVER span does not say whether the proxy passed the call on. */
function unseenHop({ who, mixed }: { who: Party; mixed?: boolean }): string {
  return mixed && who.direction === "inbound" ? `mixed ${who.name}` : `waiting ${who.name} → peer (no span)`;
}
