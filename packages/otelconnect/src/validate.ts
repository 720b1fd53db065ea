import { readHeaderNames } from "./header-capture.ts";
import type { ServerOptions } from "./options.ts";

/** Checks the value of one option; returns what it should have been, or undefined if it is right. */
type Check = (value: unknown) => string | undefined;

/** An object that has the given methods. */
function having(...methods: string[]): Check {
  return (value) =>
    methods.every(
      (method) => typeof (value as Readonly<Record<string, unknown>> | null)?.[method] === "function",
    )
      ? undefined
      : `an object with ${methods.map((method) => `${method}()`).join(", ")}`;
}

const aFunction: Check = (value) => (typeof value === "function" ? undefined : "a function");
const aBoolean: Check = (value) => (typeof value === "boolean" ? undefined : "true or false");
const oneOf =
  (...values: readonly string[]): Check =>
  (value) =>
    values.includes(value as string) || typeof value === "function"
      ? undefined
      : `${values.map((it) => JSON.stringify(it)).join(", ")} or a function`;
const booleanOrFunction: Check = (value) =>
  typeof value === "boolean" || typeof value === "function" ? undefined : "true, false or a function";
const baggageKeys: Check = (value) =>
  Array.isArray(value) && value.every((key) => typeof key === "string" && key !== "")
    ? undefined
    : "a list of keys of the baggage";
const headerNames: Check = (value) => {
  const names = readHeaderNames(value);
  return typeof names === "string" ? names : undefined;
};

const common = {
  tracerProvider: having("getTracer"),
  meterProvider: having("getMeter"),
  propagator: having("inject", "extract", "fields"),
  filter: aFunction,
  attributeFilter: aFunction,
  attributes: aFunction,
  metricAttributes: aFunction,
  baggage: baggageKeys,
  stream: oneOf("span", "link", "none"),
  requestHeaders: headerNames,
  responseHeaders: headerNames,
  spanName: aFunction,
  messageEvents: booleanOrFunction,
  messageMetrics: aBoolean,
  messageSize: aFunction,
} as const;

/** The checks of each interceptor's options, by the name of the function that makes it. */
const checks: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  createClientInterceptor: common,
  createServerInterceptor: {
    ...common,
    trustRemote: booleanOrFunction,
    traceResponse: aBoolean,
  },
};

/** The names of the options of an interceptor. */
export function optionNames(maker: "createClientInterceptor" | "createServerInterceptor"): readonly string[] {
  return Object.keys(checks[maker] ?? {});
}

/**
 * Checks the options of an interceptor.
 *
 * @param maker Name of the function that was called, for the error.
 * @throws TypeError that names the option and says what it should be.
 */
export function validateOptions(
  maker: "createClientInterceptor" | "createServerInterceptor",
  options: unknown,
): asserts options is ServerOptions {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`${maker}: the options must be an object, not ${describe(options)}`);
  }
  const known = checks[maker] ?? {};
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(known, name) ? known[name] : undefined;
    if (check === undefined) {
      throw new TypeError(
        `${maker}: there is no option "${name}"; there are ${optionNames(maker).join(", ")}`,
      );
    }
    const expected = value === undefined ? undefined : check(value);
    if (expected !== undefined) {
      throw new TypeError(`${maker}: the option "${name}" must be ${expected}, not ${describe(value)}`);
    }
  }
  const { messageSize, messageEvents, messageMetrics } = options as ServerOptions;
  if (messageSize !== undefined && !messageEvents && !messageMetrics) {
    throw new TypeError(
      `${maker}: the option "messageSize" must be accompanied by messageEvents or messageMetrics, as nothing else records sizes`,
    );
  }
}

function describe(value: unknown): string {
  try {
    return typeof value === "string" || Array.isArray(value) ? JSON.stringify(value) : String(value);
  } catch {
    // Some values have no text, a list that holds itself for example. The error is to name the option all the same.
    return Object.prototype.toString.call(value);
  }
}
