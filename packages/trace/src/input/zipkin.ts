import type { Attributes, Span, SpanEvent, SpanKind } from "../model.ts";
import { foreignForm } from "./foreign.ts";
import { isNoId, readSpanId, readTraceId } from "./ids.ts";
import type { Raw } from "./raw.ts";
import { isObject } from "./raw.ts";
import type { Reading } from "./reading.ts";
import { show } from "./reading.ts";
import { kindOf, noAttributes, noEvents, noLinks, setAttribute, statusOf } from "./span-parts.ts";
import { readMicros, readMicrosTime } from "./times.ts";

/** Zipkin's spans in a document: a list of spans (GET /api/v2/trace/{id}), a list of such lists (/traces), or one. */
export function zipkinSpansOf(document: unknown): unknown[] | undefined {
  if (isZipkinSpan(document)) {
    return [document];
  }
  if (!Array.isArray(document)) {
    return undefined;
  }
  return document.some((it) => isZipkinSpan(it) || (Array.isArray(it) && it.some(isZipkinSpan)))
    ? document
    : undefined;
}

function isZipkinSpan(value: unknown): boolean {
  return isObject(value) && "traceId" in value && "id" in value;
}

/**
 * What exporters and Collectors put among a span's tags because Zipkin has no place for a resource (OpenTelemetry
 * specification, "SDK exporters / Zipkin"; the Collector takes these back in the same way).
 */
const ofResource =
  /^(telemetry|host|k8s|container|webengine|deployment|cloud|os|process)\.|^service\.(namespace|instance\.id|version)$/;

/**
 * Reads spans in Zipkin's v2 JSON (zipkin2-api.yaml); times in it are microseconds. A span without a kind is a local
 * one, INTERNAL in OpenTelemetry's terms; the tag "error" says that it failed, whatever its value.
 */
export class ZipkinReader {
  readonly #reading: Reading;
  constructor(reading: Reading) {
    this.#reading = reading;
  }

  read(spans: unknown[], path = ""): void {
    for (const [i, span] of spans.entries()) {
      if (Array.isArray(span) && path === "") {
        this.read(span, `${i}.`);
      } else if (isObject(span)) {
        this.#readSpan(span, `${path}${i}`);
      } else {
        this.#reading.unreadable(`${path}${i}`, `${show(span)}, and not a span of Zipkin's`);
      }
    }
  }

  #readSpan(raw: Raw, path: string): void {
    const reading = this.#reading;
    // What only looks like Zipkin's v2 says no endpoint as v2 does; most do, and need no second look.
    const foreign = raw.localEndpoint === undefined ? foreignForm(raw) : undefined;
    if (foreign !== undefined) {
      reading.unreadable(path, foreign);
      return;
    }
    const trace = readTraceId(raw.traceId);
    const span = readSpanId(raw.id);
    if (trace === undefined || span === undefined) {
      const [field, value] = trace === undefined ? ["traceId", raw.traceId] : ["id", raw.id];
      reading.unreadable(`${path}.${field}`, `${show(value)}, and not an id`, trace?.id);
      return;
    }
    const [traceId, spanId] = [trace.id, span.id];
    const parent = isNoId(raw.parentId) ? undefined : readSpanId(raw.parentId);
    reading.noteIds(traceId, spanId, trace, span, parent);
    const odd = (what: string) =>
      reading.note(traceId, "unreadable-value", spanId, `${reading.place}: ${path}.${what}`);
    if (parent === undefined && !isNoId(raw.parentId)) {
      odd("parentId");
    }
    const time = readMicrosTime(raw.timestamp) ?? odd("timestamp") ?? { ns: 0n };
    if (time.odd) {
      reading.note(traceId, time.odd, spanId);
    }
    // Zipkin leaves out the duration of a span that has not ended.
    const isOpen = raw.duration === undefined || raw.duration === null;
    const duration = isOpen ? undefined : (readMicros(raw.duration) ?? odd("duration"));
    const tags = this.#tags(raw.tags, () => odd("tags"));
    const { local, remote } = endpointsOf(raw);
    reading.add(
      {
        traceId,
        spanId,
        ...(parent === undefined ? {} : { parentSpanId: parent.id }),
        name: typeof raw.name === "string" ? reading.texts.text(raw.name) : "",
        kind: toKind(raw.kind),
        startNs: time.ns,
        endNs: duration === undefined || time.ns <= 0n ? 0n : time.ns + duration,
        status: "error" in tags ? statusOf("error", errorText(tags.error)) : statusOf("unset"),
        attributes: this.#reading.keepOf(this.#withRemote(tags, remote)),
        resource: this.#resource(local, tags),
        scope: this.#scope(tags),
        events: this.#events(raw.annotations, () => odd("annotations")),
        links: noLinks,
      },
      raw.shared === true,
    );
  }

  #resource(endpoint: unknown, tags: Attributes): Attributes {
    const { serviceName, ipv4, ipv6 } = isObject(endpoint) ? endpoint : {};
    const host = ipv4 ?? ipv6;
    const own = Object.entries(tags).filter(([key]) => ofResource.test(key));
    if (endpoint === undefined && own.length === 0) {
      return noAttributes;
    }
    return this.#reading.resources.get(JSON.stringify([serviceName, host, own]), () => ({
      ...(typeof serviceName === "string" && serviceName !== "" ? { "service.name": serviceName } : {}),
      ...(typeof host === "string" ? { "host.ip": host } : {}),
      ...Object.fromEntries(own),
    }));
  }

  #scope(tags: Attributes): Span["scope"] {
    const name = tags["otel.scope.name"] ?? tags["otel.library.name"];
    const version = tags["otel.scope.version"] ?? tags["otel.library.version"];
    return this.#reading.scopes.get(`${name ?? ""}\n${version ?? ""}`, () => ({
      name: typeof name === "string" ? name : "",
      ...(typeof version === "string" && version !== "" ? { version } : {}),
    }));
  }

  /** The other end, under the names of OpenTelemetry's translation of Zipkin. */
  #withRemote(tags: Attributes, endpoint: unknown): Attributes {
    if (isObject(endpoint)) {
      const { serviceName, ipv4, ipv6, port } = endpoint;
      const host = ipv4 ?? ipv6;
      if (typeof serviceName === "string" && serviceName !== "") tags["peer.service"] ??= serviceName;
      if (typeof host === "string") tags["network.peer.address"] ??= host;
      if (typeof port === "number") tags["network.peer.port"] ??= port;
    }
    return tags;
  }

  #tags(raw: unknown, odd: () => void): Attributes {
    const attributes: Attributes = {};
    if (raw === undefined || raw === null) {
      return attributes;
    }
    if (!isObject(raw)) {
      odd();
      return attributes;
    }
    for (const [key, value] of Object.entries(raw)) {
      if (typeof value === "string") {
        setAttribute(attributes, key, this.#reading.texts.text(value));
      } else if (typeof value === "number" || typeof value === "boolean" || value === null) {
        setAttribute(attributes, key, value);
      } else {
        odd();
        setAttribute(attributes, key, JSON.stringify(value));
      }
    }
    return attributes;
  }

  #events(raw: unknown, odd: () => void): SpanEvent[] {
    if (raw === undefined || raw === null) {
      return noEvents;
    }
    if (!Array.isArray(raw)) {
      odd();
      return noEvents;
    }
    return raw.filter(isObject).map((it) => {
      const time = readMicrosTime(it.timestamp);
      if (time === undefined) odd();
      return { name: String(it.value ?? ""), timeNs: time?.ns ?? 0n, attributes: {} };
    });
  }
}

/**
 * Who made a span, and whom it asked. Kong's plugin before Kong 2.0 (kong-plugin-zipkin 0.1, reporter.lua) writes whom
 * it asked as who made the span, and nobody where it asked nobody; only its spans are called `kong.…`.
 */
function endpointsOf({ name, kind, localEndpoint, remoteEndpoint }: Raw): {
  local: unknown;
  remote: unknown;
} {
  if (typeof name !== "string" || !name.startsWith("kong.")) {
    return { local: localEndpoint, remote: remoteEndpoint };
  }
  const asked = kind === "CLIENT" && isObject(localEndpoint) ? localEndpoint : {};
  const remote = isObject(remoteEndpoint) ? remoteEndpoint : {};
  return { local: { serviceName: "kong" }, remote: { ...asked, ...remote } };
}

function toKind(raw: unknown): SpanKind {
  return raw === undefined || raw === null ? "internal" : kindOf(raw);
}

function errorText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" && value !== "true" ? value : undefined;
}
