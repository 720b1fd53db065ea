import type { StreamRequest, UnaryRequest } from "@connectrpc/connect";
import type { Attributes } from "@opentelemetry/api";
import {
  ATTR_RPC_METHOD,
  ATTR_RPC_SYSTEM_NAME,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  RPC_SYSTEM_CONNECTRPC,
  RPC_SYSTEM_GRPC,
} from "./semconv.ts";

/** What a span needs to know of a request before the call begins. */
export interface RequestDescription {
  /** The fully qualified method, `package.Service/Method`: the span's name and its `rpc.method`. */
  readonly method: string;
  /** Whether the call speaks gRPC or gRPC-Web rather than Connect. */
  readonly grpc: boolean;
  /** The attributes that the span starts with, so that samplers can see them. */
  readonly attributes: Attributes;
}

/** Describes a request on either side. */
export function describeRequest(request: UnaryRequest | StreamRequest): RequestDescription {
  const method = `${request.service.typeName}/${request.method.name}`;
  // Transports set the content type before interceptors run, servers hand it on. Only Connect's GET has
  // none. "application/grpc" is also the start of gRPC-Web's content types.
  const grpc = request.header.get("content-type")?.startsWith("application/grpc") ?? false;
  return {
    method,
    grpc,
    attributes: {
      [ATTR_RPC_SYSTEM_NAME]: grpc ? RPC_SYSTEM_GRPC : RPC_SYSTEM_CONNECTRPC,
      [ATTR_RPC_METHOD]: method,
      ...serverAttributes(request.url),
    },
  };
}

/** Port of a URL that names none. */
const defaultPorts: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

function serverAttributes(requestUrl: string): Attributes {
  const url = URL.parse(requestUrl);
  if (url === null || url.hostname === "") {
    return {};
  }
  const port = url.port === "" ? defaultPorts[url.protocol] : Number(url.port);
  return {
    // URLs put IPv6 addresses in brackets, the conventions do not.
    [ATTR_SERVER_ADDRESS]: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    ...(port === undefined ? {} : { [ATTR_SERVER_PORT]: port }),
  };
}
