import type { Attributes, AttributeValue, Span } from "@envoy-mesh-lab/trace";
import { parseWhole, serviceOf } from "@envoy-mesh-lab/trace";
import { shortFlag } from "./response-flags.ts";

// Current names first, then legacy ones. Whoever reads another attribute here, adds it to factAttributes.
const pathKeys = ["url.path", "http.target", "http.path", "url.full", "http.url"];
const methodKeys = ["http.request.method", "http.method"];
const httpStatusKeys = ["http.response.status_code", "http.status_code"];
const rpcStatusKeys = [
  "rpc.response.status_code",
  "rpc.status_code",
  "grpc.status_code",
  "rpc.grpc.status_code",
  "rpc.connect_rpc.error_code",
  "error.type",
];
const leafSystemKeys = ["db.system", "db.system.name", "messaging.system", "peer.service.type"];

/** The keys of the span attributes that are looked at here: what to keep when only some are kept. */
export const factAttributes: readonly string[] = [
  "rpc.method",
  "rpc.service",
  ...pathKeys,
  ...methodKeys,
  "guid:x-request-id",
  "http.request.header.x-request-id",
  "response_flags",
  ...httpStatusKeys,
  ...rpcStatusKeys,
  "error",
  ...leafSystemKeys,
];

/** The keys of the span attributes that say how a call ended. */
export const outcomeAttributes: ReadonlySet<string> = new Set([
  "response_flags",
  "error",
  ...httpStatusKeys,
  ...rpcStatusKeys,
]);

/** The value as text; undefined when it is absent, empty, or Envoy's "-" for nothing. */
function text(value: AttributeValue | undefined): string | undefined {
  if (value === undefined || value === null || value === "" || value === "-") {
    return undefined;
  }
  return typeof value === "object" ? undefined : String(value);
}

/** The first of these attributes that says something. */
function firstOf(attributes: Attributes, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = text(attributes[key]);
    if (value !== undefined) return value;
  }
  return undefined;
}

/**
 * The path that a span calls or serves, without its query: of a URL (HTTP semantic conventions), or of an RPC, whose
 * path is "/package.Service/Method" over Connect and gRPC. Undefined when nothing tells.
 */
export function pathOf(span: Span): string | undefined {
  const { attributes } = span;
  const rpc = text(attributes["rpc.method"]);
  if (rpc !== undefined) {
    if (rpc.includes("/")) return rpc.startsWith("/") ? rpc : `/${rpc}`;
    const service = text(attributes["rpc.service"]);
    return service === undefined ? undefined : `/${service}/${rpc}`;
  }
  const path = firstOf(attributes, pathKeys);
  if (path === undefined) {
    // Of an RPC the span's name is its path too (RPC semantic conventions, "Span name").
    return attributes["rpc.service"] !== undefined && /^[\w.]+\/\w+$/.test(span.name)
      ? `/${span.name}`
      : undefined;
  }
  const bare = before(before(path, "?"), "#");
  const scheme = bare.indexOf("://");
  if (scheme < 0) return bare;
  const slash = bare.indexOf("/", scheme + 3);
  return slash < 0 ? "/" : bare.slice(slash);
}

/** What stands before a character; all of the text when it is not there. */
function before(text: string, character: string): string {
  const at = text.indexOf(character);
  return at < 0 ? text : text.slice(0, at);
}

/** The request id that Envoys hand on (x-request-id), where a span carries it. */
export function requestIdOf({ attributes }: Span): string | undefined {
  const header = attributes["http.request.header.x-request-id"];
  return (
    text(attributes["guid:x-request-id"]) ?? text(Array.isArray(header) ? header[0] : header) ?? undefined
  );
}

/** Envoy's response flags ("UT", "DC", "URX,UF") by their short names, as a list. */
export function flagsOf({ attributes }: Span): string[] {
  return text(attributes.response_flags)?.split(",").map(shortFlag) ?? [];
}

/** The HTTP method; undefined when nothing tells. */
export function methodOf({ attributes }: Span): string | undefined {
  return firstOf(attributes, methodKeys)?.toUpperCase();
}

/** The HTTP status; 0 is Envoy's word for "no answer". Undefined when nothing tells. */
export function httpStatusOf({ attributes }: Span): number | undefined {
  const status = firstOf(attributes, httpStatusKeys);
  return status === undefined ? undefined : parseWhole(status);
}

const grpcNames = (
  "ok cancelled unknown invalid_argument deadline_exceeded not_found already_exists permission_denied " +
  "resource_exhausted failed_precondition aborted out_of_range unimplemented internal unavailable data_loss " +
  "unauthenticated"
).split(" ");

/** The status of the RPC by its name in lower case, "deadline_exceeded" for example; undefined when nothing tells. */
export function rpcStatusOf({ attributes }: Span): string | undefined {
  const status = firstOf(attributes, rpcStatusKeys)?.toLowerCase();
  if (status === undefined) return undefined;
  const number = parseWhole(status);
  const name = number === undefined ? status : grpcNames[number];
  return name === "canceled" ? "cancelled" : name;
}

/** Whether the span says that what it stands for went wrong: by its status, or by an attribute of its own. */
export function hasFailed(span: Span): boolean {
  return span.status.code === "error" || text(span.attributes.error) === "true";
}

/** Flags of a proxy whose caller went away (Envoy access log, RESPONSE_FLAGS). */
const leftFlags = new Set(["DC", "DR"]);

/** Whether a proxy says that its caller went away. */
export function wasLeft(span: Span): boolean {
  return flagsOf(span).some((it) => leftFlags.has(it));
}

/**
 * Whether a proxy saw that the call went wrong: it failed, the HTTP status is none or at least 400, the RPC's status is
 * there and not OK, or something broke the request off. A caller that resets the stream after an answer of HTTP 2xx does
 * not count: that is how a client takes leave of a Connect stream whose last message was an error.
 */
export function proxySawFailure(span: Span): boolean {
  if (hasFailed(span)) return true;
  const http = httpStatusOf(span);
  if (http !== undefined && (http === 0 || http >= 400)) return true;
  if (flagsOf(span).some((it) => !leftFlags.has(it) || http === undefined)) return true;
  const rpc = rpcStatusOf(span);
  return rpc !== undefined && rpc !== "ok";
}

/** What a span says about how it ended, in words for evidence: 'HTTP 200, response_flags UT, status error "…"'. */
export function outcomeOf(span: Span): string {
  const http = httpStatusOf(span);
  const rpc = rpcStatusOf(span);
  const flags = flagsOf(span);
  const parts = [
    ...(http === undefined ? [] : [http === 0 ? "no HTTP status" : `HTTP ${http}`]),
    ...(rpc === undefined ? [] : [`RPC status ${rpc}`]),
    ...(flags.length > 0 ? [`response_flags ${flags.join(",")}`] : []),
    `span status ${span.status.code}${span.status.message ? ` "${span.status.message}"` : ""}`,
  ];
  return parts.join(", ");
}

/** Whether the span is of a database or a message broker, whose far side makes no spans. */
export function isLeafSystem({ attributes }: Span): boolean {
  return leafSystemKeys.some((it) => it in attributes);
}

/** Tells the process of spans, as a text that two spans of one process share: its service and its instance. */
export function processReader(): (span: Span) => string {
  const known = new Map<Attributes, string>();
  return (span) => {
    let process = known.get(span.resource);
    if (process === undefined) {
      const instance = firstOf(span.resource, [
        "service.instance.id",
        "k8s.pod.name",
        "host.id",
        "host.name",
        "k8s.node.name",
      ]);
      process = [serviceOf(span), instance ?? ""].join("\n");
      known.set(span.resource, process);
    }
    return process;
  };
}
