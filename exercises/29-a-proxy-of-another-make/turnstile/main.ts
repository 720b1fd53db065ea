// Turnstile, a reverse proxy that somebody else has made: HTTP/2 without TLS on both sides, configured by turnstile.conf, whose manual is
// its comments. Its telemetry works as that of real products of its kind: what a context's mode is called, and what it does, is NGINX's
// (ngx_otel_module, otel_trace_context). There is nothing to change here.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { ClientHttp2Session, IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { connect, createServer as createHttp2Server } from "node:http2";
import type { Context } from "@opentelemetry/api";
import { propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace } from "@opentelemetry/api";
import { startNodeSdk } from "@opentelemetry/sdk-node";

const settings = readSettings(process.env.TURNSTILE_CONF ?? "");
if (process.argv.includes("--validate")) process.exit(0);
const sdk = startNodeSdk({
  metricReaders: [],
  logRecordProcessors: [],
  resourceDetectors: [],
  resourceAttributes: { "service.name": "turnstile" },
});
const tracer = trace.getTracer("turnstile");

/** Reads `directive value;` lines; what is unknown or missing ends the process, as a proxy's own check of its configuration does. */
function readSettings(file: string) {
  const allowed: Record<string, RegExp> = {
    otel_trace: /^(on|off|parent|0\.\d+)$/,
    otel_trace_context: /^(ignore|extract|inject|propagate)$/,
    otel_upstream_span: /^(on|off)$/,
  };
  const found: Record<string, string> = {
    otel_trace: "parent",
    otel_trace_context: "ignore",
    otel_upstream_span: "off",
  };
  for (const [i, line] of readFileSync(file, "utf8").split("\n").entries()) {
    const text = line.replace(/#.*/, "").trim();
    if (text === "") continue;
    const [, name = "", value = ""] = /^(\w+)\s+(\S+);$/.exec(text) ?? [];
    if (!allowed[name]?.test(value))
      throw new Error(`${file}:${i + 1}: "${text}" is no directive of Turnstile`);
    found[name] = value;
  }
  return found;
}

let session: ClientHttp2Session | undefined;
function upstream(): ClientHttp2Session {
  if (session === undefined || session.closed || session.destroyed) {
    session = connect(process.env.UPSTREAM_URL ?? "");
    session.on("error", (error) => console.error(JSON.stringify({ msg: "upstream", error: String(error) })));
    // An upstream that ends may say so: what comes then goes over another connection.
    session.once("goaway", () => {
      session = undefined;
    });
  }
  return session;
}

/** The context that a request's span begins in: whose child it is, and whether it is recorded. */
function contextOf(headers: IncomingHttpHeaders): Context {
  const { otel_trace: when, otel_trace_context: mode } = settings;
  const reads = mode === "extract" || mode === "propagate";
  const context = reads ? propagation.extract(ROOT_CONTEXT, headers) : ROOT_CONTEXT;
  const parent = trace.getSpanContext(context);
  const byParent = parent === undefined || (parent.traceFlags & TraceFlags.SAMPLED) !== 0;
  const isSampled = when === "parent" ? byParent : when === "on" || Math.random() < Number(when);
  if (parent === undefined && isSampled) return context;
  const ids = parent ?? { traceId: randomBytes(16).toString("hex"), spanId: randomBytes(8).toString("hex") };
  const traceFlags = isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return trace.setSpanContext(context, { ...ids, traceFlags });
}

function pass(incoming: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
  const path = String(headers[":path"]);
  const isTraced = settings.otel_trace !== "off" && path !== "/readyz";
  const before = contextOf(headers);
  const name = `${headers[":method"]} ${path}`;
  const spans = isTraced ? [tracer.startSpan(name, { kind: SpanKind.SERVER }, before)] : [];
  let context = spans[0] ? trace.setSpan(before, spans[0]) : before;
  if (isTraced && settings.otel_upstream_span === "on") {
    const span = tracer.startSpan(`${name} upstream`, { kind: SpanKind.CLIENT }, context);
    spans.push(span);
    context = trace.setSpan(context, span);
  }
  const sent: IncomingHttpHeaders = { ...headers };
  const writes = settings.otel_trace_context === "inject" || settings.otel_trace_context === "propagate";
  if (isTraced && writes) propagation.inject(context, sent);
  const end = (wrong?: unknown) => {
    for (const span of spans.splice(0).reverse()) {
      if (wrong !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: String(wrong) });
      span.end();
    }
  };

  const outgoing = upstream().request(sent, { endStream: false });
  let trailers: IncomingHttpHeaders = {};
  outgoing.on("response", (answer) => {
    for (const span of spans) span.setAttribute("http.response.status_code", Number(answer[":status"]));
    if (!incoming.destroyed) incoming.respond(answer, { waitForTrailers: true });
  });
  outgoing.on("trailers", (its) => {
    trailers = its;
  });
  incoming.on("wantTrailers", () => incoming.sendTrailers(trailers));
  incoming.pipe(outgoing);
  outgoing.pipe(incoming);
  outgoing.on("end", () => end());
  const cut = (error: unknown) => {
    end(error);
    for (const stream of [incoming, outgoing]) if (!stream.destroyed) stream.close();
  };
  incoming.on("error", cut);
  outgoing.on("error", cut);
  incoming.on("aborted", () => cut("the caller went away"));
  outgoing.on("aborted", () => cut("the upstream went away"));
}

const [, host = "", port] = /^(.+):(\d+)$/.exec(process.env.LISTEN_ADDRESS ?? "") ?? [];
const server = createHttp2Server();
server.on("stream", pass);
server.on("sessionError", (error) => console.error(JSON.stringify({ msg: "session", error: String(error) })));
server.listen(Number(port), host);
// Whether it runs, over HTTP/1.1, for whoever watches over it.
createServer((_, response) => response.end("ready\n")).listen(Number(port) + 1, host);

process.once("SIGTERM", async () => {
  await sdk.shutdown();
  process.exit(0);
});
