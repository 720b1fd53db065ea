import type { Attributes, SpanOptions } from "@opentelemetry/api";
import { SpanKind } from "@opentelemetry/api";
import type { Request } from "./options.ts";
import {
  ATTR_RPC_METHOD,
  ATTR_RPC_STATUS_CODE,
  ATTR_RPC_SYSTEM_NAME,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  RPC_SYSTEM_NAME_VALUE_CONNECTRPC,
  RPC_SYSTEM_NAME_VALUE_GRPC,
} from "./semconv.ts";
import { shorten } from "./shorten.ts";
import type { Side } from "./status.ts";

/** What a span and the metrics need to know of a request before the call begins. */
export interface RequestDescription {
  /** The fully qualified method, `package.Service/Method`: the span's name and its `rpc.method`. */
  readonly method: string;
  /** Whether the call speaks gRPC or gRPC-Web rather than Connect. */
  readonly grpc: boolean;
  /** Scheme and authority of the URL, `http://127.0.0.1:8080` for example. */
  readonly origin: string;
  /** System, method and where the server is: what the span starts with, so that samplers can see it. */
  readonly attributes: Attributes;
  /**
   * What the metrics have of these. On a server, the address in the URL is what the caller wrote into its `Host`
   * header: with it, a stranger could make as many time series as they like.
   */
  readonly metricAttributes: Attributes;
  /** What a call that ends well adds to its span. Connect has codes for errors only; in gRPC, success is a code too. */
  readonly success: Attributes;
  /** The attributes that a call that ends well has in metrics. */
  readonly successMetricAttributes: Attributes;
  /** How the span starts where nothing is added to it and it has its parent in the context. */
  readonly spanOptions: SpanOptions;
}

/** No attributes. */
export const nothing: Attributes = Object.freeze({});

/** The description of the last request for each method; nearly always the next one is the same. */
export type DescriptionCache = WeakMap<Request["method"], RequestDescription>;

/** Describes a request. */
export function describeRequest(request: Request, side: Side, cache: DescriptionCache): RequestDescription {
  // Transports set the content type before interceptors run, servers hand it on. Only Connect's GET has
  // none. "application/grpc" is also the start of gRPC-Web's content types.
  const grpc = request.header.get("content-type")?.startsWith("application/grpc") ?? false;
  const cached = cache.get(request.method);
  if (cached !== undefined && cached.grpc === grpc && hasOrigin(request.url, cached.origin)) {
    return cached;
  }
  const description = makeDescription(request, side, grpc);
  cache.set(request.method, description);
  return description;
}

/** All that calls of the same method to the same server have in common, so that none of it is made for each. */
function makeDescription(
  { method: { parent, name }, url }: Request,
  side: Side,
  grpc: boolean,
): RequestDescription {
  const method = `${parent.typeName}/${name}`;
  const rpc = {
    [ATTR_RPC_SYSTEM_NAME]: grpc ? RPC_SYSTEM_NAME_VALUE_GRPC : RPC_SYSTEM_NAME_VALUE_CONNECTRPC,
    [ATTR_RPC_METHOD]: method,
  };
  const attributes = Object.freeze({ ...rpc, ...serverAttributes(url) });
  const metricAttributes = side === "client" ? attributes : Object.freeze(rpc);
  const success = grpc ? Object.freeze({ [ATTR_RPC_STATUS_CODE]: "OK" }) : nothing;
  return {
    method,
    grpc,
    origin: originOf(url),
    attributes,
    metricAttributes,
    success,
    successMetricAttributes: Object.freeze({ ...metricAttributes, ...success }),
    spanOptions: Object.freeze({ kind: side === "client" ? SpanKind.CLIENT : SpanKind.SERVER, attributes }),
  };
}

/** Scheme and authority of a URL, as they are written. */
function originOf(url: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.exec(url)?.[0] ?? url;
}

function hasOrigin(url: string, origin: string): boolean {
  return url.startsWith(origin) && (url.length === origin.length || url[origin.length] === "/");
}

/** Port of a URL that names none. */
const defaultPorts: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

function serverAttributes(requestUrl: string): Attributes {
  const url = parseUrl(requestUrl);
  if (url === undefined || url.hostname === "") {
    return {};
  }
  const port = url.port === "" ? defaultPorts[url.protocol] : Number(url.port);
  return {
    // URLs put IPv6 addresses in brackets, the conventions do not.
    [ATTR_SERVER_ADDRESS]: shorten(url.hostname.replace(/^\[(.*)\]$/, "$1")),
    ...(port === undefined ? {} : { [ATTR_SERVER_PORT]: port }),
  };
}

function parseUrl(url: string): URL | undefined {
  try {
    return new URL(url);
  } catch {
    // A transport of one's own may well use a relative URL; the call then has no server.address.
    return undefined;
  }
}
