/**
 * What a piece of the end-to-end time was spent on:
 *
 * - `app`: an application's own work, while none of its calls was open;
 * - `client`: an application's client side: its CLIENT span minus the span of its own proxy, or minus its inner spans;
 * - `proxy`: a proxy's own time, downstream minus upstream;
 * - `network`: a leg between two parties: CLIENT span minus SERVER span;
 * - `waiting`: for calls that are open but not on the critical path, or for a peer that reports no span;
 * - `mixed`: what one span does not tell apart: a proxy that makes one span for each request (its own time and the leg after it),
 *   or a proxy and an application behind it that reports no span;
 * - `unknown`: what no span tells: beside a call without a start or an end, after an answer while nothing was open, or
 *   while a connection was (`to` is its other end).
 */
export type HopRole = "app" | "client" | "proxy" | "network" | "waiting" | "mixed" | "unknown";

/** Every role, in the order in which figures are reported. */
export const hopRoles: HopRole[] = ["app", "client", "proxy", "network", "waiting", "mixed", "unknown"];

/** One place where time is spent. */
export interface Hop {
  /** Position in the table that made it; not stable between runs. */
  id: number;
  role: HopRole;
  /** Whose time it is: a service, and for a proxy its direction. */
  from: string;
  /** For a leg, a client side, a peer waited for or an open connection: the other end. */
  to?: string;
  /** Which proxy it is, where it is one and that is known: `istio` for an Envoy that Istio has set up. */
  proxy?: string;
}

/** `gateway → gateway-proxy outbound`, or `gateway` where there is no other end. */
export function hopLabel(hop: Hop): string {
  return hop.to === undefined ? hop.from : `${hop.from} → ${hop.to}`;
}

/** A name for a hop that is the same in every run, to compare by and for scripts. */
export function hopKey(hop: Hop): string {
  return `${hop.role} ${hopLabel(hop)}`;
}

/** Gives each name and each hop a small number, so that many traces can be added up in arrays. */
export class HopTable {
  readonly hops: Hop[] = [];
  readonly #names: string[] = [];
  readonly #proxies: (string | undefined)[] = [];
  readonly #nameIds = new Map<string, number>();
  readonly #hopIds = new Map<string | number, number>();

  /** The number of a name. */
  name(text: string): number {
    const known = this.#nameIds.get(text);
    if (known !== undefined) {
      return known;
    }
    this.#nameIds.set(text, this.#names.length);
    this.#names.push(text);
    return this.#names.length - 1;
  }

  /** Remembers which proxy has a name. */
  setProxy(name: number, proxy: string): void {
    this.#proxies[name] = proxy;
  }

  nameOf(id: number): string {
    return this.#names[id] as string;
  }

  /** The number of a hop between two names; `to` is -1 where there is no other end. */
  hop(role: HopRole, from: number, to = -1): number {
    // Numbers are quicker keys than text; 2^22 names fit, more are told apart by text.
    const key =
      from < 4_194_304 && to < 4_194_303
        ? (hopRoles.indexOf(role) * 4_194_304 + from) * 4_194_304 + to + 1
        : `${role} ${from} ${to}`;
    const known = this.#hopIds.get(key);
    if (known !== undefined) {
      return known;
    }
    const id = this.hops.length;
    this.#hopIds.set(key, id);
    const proxy = this.#proxies[from];
    this.hops.push({
      id,
      role,
      from: this.nameOf(from),
      ...(to < 0 ? {} : { to: this.nameOf(to) }),
      ...(proxy === undefined ? {} : { proxy }),
    });
    return id;
  }
}
