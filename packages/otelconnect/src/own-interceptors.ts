import type { Interceptor } from "@connectrpc/connect";
import type { Request } from "./options.ts";
import type { Side } from "./status.ts";

/** The same in every copy of this package that a process may have, so that they know each other's interceptors. */
const mark = Symbol.for("@envoy-mesh-lab/otelconnect: interceptor");

/** Marks an interceptor as one of this package's. */
export function markOwn(interceptor: Interceptor): Interceptor {
  return Object.assign(interceptor, { [mark]: true });
}

/** Whether this package has made the interceptor. */
export function isOwn(interceptor: unknown): boolean {
  return typeof interceptor === "function" && mark in interceptor;
}

/** The headers of requests, for each side of a call. */
type Claims = Readonly<Record<Side, WeakSet<Headers>>>;

const claims = Symbol.for("@envoy-mesh-lab/otelconnect: calls that have their span");

/**
 * The requests of calls that have their span from the zero-code interceptor, which is the outermost. A request is
 * known by its headers, as interceptors copy the rest; at both ends of a call in memory there are two of them.
 *
 * One for the whole process: an app in CommonJS has a copy of this package of its own beside that of the zero code.
 */
const shared = globalThis as { [claims]?: Claims };
shared[claims] ??= { client: new WeakSet(), server: new WeakSet() };
const claimed = shared[claims];

/** Whether the call has its span already, so that an interceptor further in leaves it alone. */
export function isClaimed(side: Side, request: Request): boolean {
  return claimed[side].has(request.header);
}

/**
 * An interceptor that code adds where people have not: outermost, so that what they have runs inside the span, and the
 * only one of its call, also where they have hidden one of this package's in an interceptor of their own.
 *
 * @param current What it does with the next call; undefined while it is switched off.
 */
export function createOutermostInterceptor(side: Side, current: () => Interceptor | undefined): Interceptor {
  return markOwn((next) => {
    const claiming: typeof next = (request) => {
      claimed[side].add(request.header);
      return next(request);
    };
    return (request) => (current()?.(claiming) ?? next)(request);
  });
}
