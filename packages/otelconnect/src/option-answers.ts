import type { Attributes, Context } from "@opentelemetry/api";
import { propagation } from "@opentelemetry/api";
import { report } from "./diagnostics.ts";
import type { Options, Request, Response, StreamTracing } from "./options.ts";
import { shorten, shortenAttributes } from "./shorten.ts";

/** Whether a call is to be instrumented. */
export function passesFilter({ filter }: Options, request: Request): boolean {
  if (filter === undefined) {
    return true;
  }
  try {
    return filter(request);
  } catch (error) {
    report("the filter", error);
    return true;
  }
}

/** The name of a call's span. */
export function spanNameOf({ spanName }: Options, request: Request, method: string): string {
  if (spanName === undefined) {
    return method;
  }
  try {
    const name: unknown = spanName(request);
    return typeof name === "string" && name !== "" ? shorten(name) : method;
  } catch (error) {
    report("spanName", error);
    return method;
  }
}

/** Those of the attributes that are to be kept. */
export function filterAttributes(
  { attributeFilter }: Options,
  request: Request,
  attributes: Attributes,
): Attributes {
  if (attributeFilter === undefined) {
    return attributes;
  }
  const kept: Attributes = {};
  for (const [key, value] of Object.entries(attributes)) {
    try {
      if (value !== undefined && attributeFilter(key, value, request)) {
        kept[key] = value;
      }
    } catch (error) {
      report("the attributeFilter", error);
    }
  }
  return kept;
}

/** How a call is to be traced, if it is a stream; a unary call has a span. */
export function streamTracingOf({ stream }: Options, request: Request): StreamTracing {
  if (stream === undefined || !request.stream) {
    return "span";
  }
  if (typeof stream === "string") {
    return stream;
  }
  try {
    const tracing = stream(request);
    return tracing === "link" || tracing === "none" ? tracing : "span";
  } catch (error) {
    report("stream", error);
    return "span";
  }
}

/** What of the baggage of a context becomes attributes; nothing where none was asked for. */
export function baggageAttributes({ baggage }: Options, context: Context): Attributes {
  const attributes: Attributes = {};
  const entries = baggage === undefined ? undefined : propagation.getBaggage(context);
  for (const key of entries === undefined ? [] : (baggage ?? [])) {
    const value = entries?.getEntry(key)?.value;
    if (value !== undefined) {
      attributes[key] = shorten(value);
    }
  }
  return attributes;
}

/** What the user adds when a call ends, to its span or to its metrics. */
export function ownAttributes(
  options: Options,
  name: "attributes" | "metricAttributes",
  request: Request,
  response: Response | undefined,
): Attributes {
  try {
    const own: unknown = options[name]?.(request, response);
    return typeof own === "object" && own !== null ? shortenAttributes(own as Attributes) : {};
  } catch (error) {
    report(name, error);
    return {};
  }
}
