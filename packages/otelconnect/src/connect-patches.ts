import type { Interceptor } from "@connectrpc/connect";
import { isOwn } from "./own-interceptors.ts";

/** The interceptors to be added, one for each end of a call. */
export interface AddedInterceptors {
  readonly client: Interceptor;
  readonly server: Interceptor;
}

/** A function that Connect exports, and what makes of it one that adds the interceptors. */
type AnyFunction = (...args: unknown[]) => unknown;
type Patch = (original: AnyFunction, added: AddedInterceptors) => AnyFunction;

/** Adds the client's to the options of a transport, which are the first argument. */
const transport: Patch = (original, { client }) =>
  function (this: unknown, options, ...rest) {
    return Reflect.apply(original, this, [isObject(options) ? addTo(options, client) : options, ...rest]);
  };

/** Adds the server's to the options of a router. */
const router: Patch = (original, { server }) =>
  function (this: unknown, options, ...rest) {
    const made = Reflect.apply(original, this, [addToOptional(options, server), ...rest]);
    return addToServices(made, server);
  };

/** Adds both to a router and the transport that calls it, in memory. Connect makes that router by its own means. */
const routerTransport: Patch = (original, { client, server }) =>
  function (this: unknown, routes, options, ...rest) {
    const given = isObject(options) ? options : {};
    return Reflect.apply(original, this, [
      typeof routes === "function" ? (made: unknown) => routes(addToServices(made, server)) : routes,
      {
        ...given,
        router: addToOptional(given.router, server),
        transport: addToOptional(given.transport, client),
      },
      ...rest,
    ]);
  };

/**
 * What is patched: all of Connect's public functions that take interceptors for a transport or a router. The adapters for
 * Express, Fastify, Next and Node's own servers make their routers with `createConnectRouter`.
 */
const patches: Readonly<Record<string, Readonly<Record<string, Patch>>>> = {
  "@connectrpc/connect": { createConnectRouter: router, createRouterTransport: routerTransport },
  "@connectrpc/connect-node": {
    createConnectTransport: transport,
    createGrpcTransport: transport,
    createGrpcWebTransport: transport,
  },
  "@connectrpc/connect-web": { createConnectTransport: transport, createGrpcWebTransport: transport },
};

/** The packages that are patched. */
export const patchedPackages: readonly string[] = Object.keys(patches);

/** Functions that were made here, and what they add, which they are not to be made to add once more. */
const made = new WeakMap<AnyFunction, AddedInterceptors>();

/**
 * The exports of one of Connect's packages with functions that add the interceptors. Those of an ES module, which the
 * loader has made writable, are the same object; those of CommonJS, which cannot be written, a copy.
 */
export function patchExports(
  packageName: string,
  exports: Record<string, unknown>,
  added: AddedInterceptors,
): Record<string, unknown> {
  const functions = Object.entries(patches[packageName] ?? {}).flatMap(([name, patch]) => {
    const original = exports[name];
    if (typeof original !== "function" || made.get(original as AnyFunction) === added) {
      return [];
    }
    const patched = patch(original as AnyFunction, added);
    Object.defineProperty(patched, "name", { value: name, configurable: true });
    Object.defineProperty(patched, "length", { value: original.length, configurable: true });
    made.set(patched, added);
    return [[name, patched] as const];
  });
  if (Object.prototype.toString.call(exports) === "[object Module]") {
    return Object.assign(exports, Object.fromEntries(functions));
  }
  const descriptors = Object.getOwnPropertyDescriptors(exports);
  for (const [name, value] of functions) {
    descriptors[name] = { value, enumerable: true, configurable: true, writable: true };
  }
  return Object.create(Object.getPrototypeOf(exports), descriptors);
}

type Options = Record<PropertyKey, unknown>;

function isObject(value: unknown): value is Options {
  return typeof value === "object" && value !== null;
}

/** A router may go without options. */
function addToOptional(options: unknown, interceptor: Interceptor): unknown {
  return options === undefined || options === null || isObject(options)
    ? addTo(options ?? {}, interceptor)
    : options;
}

/**
 * A view of options in which the interceptor is the first, unless one of ours is in the list: who adds one by hand, says
 * with which options and at which place. Everything else is read from the options themselves when Connect reads it, which
 * some transports do with each call.
 */
function addTo(options: Options, interceptor: Interceptor): unknown {
  const listOf = () => {
    const list = options.interceptors ?? [];
    return Array.isArray(list) && !list.some(isOwn) ? [interceptor, ...list] : options.interceptors;
  };
  // The object behind it is empty, so that options which are frozen can be told differently from what they are.
  return new Proxy<Options>(
    {},
    {
      get: (_, key) => (key === "interceptors" ? listOf() : Reflect.get(options, key)),
      set: (_, key, value) => Reflect.set(options, key, value),
      has: (_, key) => key === "interceptors" || Reflect.has(options, key),
      ownKeys: () => [...new Set([...Reflect.ownKeys(options), "interceptors"])],
      getOwnPropertyDescriptor: (_, key) => {
        if (key === "interceptors") {
          return { value: listOf(), enumerable: true, configurable: true, writable: true };
        }
        const own = Reflect.getOwnPropertyDescriptor(options, key);
        return own && { ...own, configurable: true };
      },
      getPrototypeOf: () => Reflect.getPrototypeOf(options),
    },
  );
}

/** Options of a service or a method that name interceptors name all that it has; those of its router are not for it. */
function addToServices(made: unknown, server: Interceptor): unknown {
  if (isObject(made)) {
    for (const name of ["service", "rpc"]) {
      const original = made[name];
      if (typeof original === "function") {
        made[name] = (what: unknown, implementation: unknown, options: unknown, ...rest: unknown[]) =>
          Reflect.apply(original, made, [
            what,
            implementation,
            isObject(options) && "interceptors" in options ? addTo(options, server) : options,
            ...rest,
          ]);
      }
    }
  }
  return made;
}
