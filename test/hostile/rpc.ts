import { brotliCompressSync, gzipSync } from "node:zlib";
import { envelope } from "./envelope.ts";
import type { Family, HostileCase, Outcome, Sending } from "./hostile-case.ts";

type Request = Extract<Sending, { as: "request" }>;

function rpc(
  what: string,
  source: string,
  expect: readonly Outcome[],
  contentType: string,
  body: string | Buffer,
  rest: Partial<Request> = {},
): HostileCase {
  const headers = { "content-type": contentType, ...rest.headers };
  return { what, source, expect, send: { as: "request", ...rest, headers, body } };
}

const te = { te: "trailers" };
const grpc = (
  what: string,
  expect: readonly Outcome[],
  body: Buffer,
  headers: Record<string, string> = {},
  type = "application/grpc+json",
) => rpc(what, "gRPC over HTTP/2, Requests", expect, type, body, { headers: { ...te, ...headers } });
const stream = (
  what: string,
  expect: readonly Outcome[],
  body: Buffer,
  headers: Record<string, string> = {},
) =>
  rpc(what, "Connect protocol, Streaming RPCs", expect, "application/connect+json", body, {
    headers,
    path: (it) => it.stream,
  });
const json = (what: string, expect: readonly Outcome[], body: string | Buffer, rest: Partial<Request> = {}) =>
  rpc(what, "Connect protocol, Unary RPCs", expect, "application/json", body, rest);

/**
 * 64 MiB of zeros in a few dozen kilobytes, sixteen times what a service reads. The services know no compression, and
 * say so: nothing is unpacked.
 */
const zeros = Buffer.alloc(64 * 1024 * 1024);
const gzipBomb = gzipSync(zeros);
const brotliBomb = brotliCompressSync(zeros);

/** Envelopes, bodies and headers of the three protocols that lie. */
export const grpcFamily: Family = {
  name: "gRPC",
  cases: [
    grpc("no message", ["grpc 12"], Buffer.alloc(0)),
    grpc("an envelope that is cut off", ["grpc 3"], Buffer.from([0, 0, 0])),
    grpc("a message that is cut off", ["grpc 3"], envelope(0, "{}", 100)),
    grpc("a message of 4 GB by its length", ["grpc 8"], envelope(0, "{}", 0xffff_ffff)),
    grpc("a length below the message's", ["grpc 8"], envelope(0, '{"name":"tea"}', 2)),
    grpc("a compressed message without an encoding", ["grpc 13"], envelope(1, "{}")),
    grpc("an unknown encoding", ["grpc 12"], envelope(1, "{}"), { "grpc-encoding": "rot13" }),
    grpc("a message that is no gzip", ["grpc 12"], envelope(1, "{}"), { "grpc-encoding": "gzip" }),
    grpc("unknown flags", ["grpc 3"], envelope(0x7e, "{}")),
    grpc("two messages on a unary call", ["grpc 12"], Buffer.concat([envelope(0, "{}"), envelope(0, "{}")])),
    grpc("64 MiB of zeros in gzip", ["grpc 12"], envelope(1, gzipBomb), { "grpc-encoding": "gzip" }),
    grpc("64 MiB of zeros in brotli", ["grpc 12"], envelope(1, brotliBomb), {
      "grpc-encoding": "br",
    }),
    grpc(
      "bytes that are no protobuf",
      ["grpc 13"],
      envelope(0, Buffer.alloc(1_000, 0xff)),
      {},
      "application/grpc+proto",
    ),
    grpc("a timeout that is none", ["grpc 3"], envelope(0, "{}"), { "grpc-timeout": "soon" }),
    grpc("a timeout of nine digits", ["grpc 3"], envelope(0, "{}"), {
      "grpc-timeout": "999999999H",
    }),
    grpc("a timeout of no time", ["grpc 4", "grpc 3"], envelope(0, "{}"), {
      "grpc-timeout": "0n",
    }),
  ],
};

const web = (
  what: string,
  expect: readonly Outcome[],
  body: Buffer | string,
  headers: Record<string, string> = {},
  type = "application/grpc-web+json",
) => rpc(what, "gRPC-Web, Protocol differences vs gRPC over HTTP2", expect, type, body, { headers });
const text = (what: string, expect: readonly Outcome[], body: Buffer | string) =>
  web(what, expect, body, {}, "application/grpc-web-text+json");
const trailers = envelope(0x80, "grpc-status: 0\r\n");

/** Envelopes of gRPC-Web, as bytes and as base64, and trailers where none belong. */
export const grpcWebFamily: Family = {
  name: "gRPC-Web",
  cases: [
    web("no message", ["grpc 12"], Buffer.alloc(0)),
    web("an envelope that is cut off", ["grpc 3"], Buffer.from([0, 0, 0])),
    web("a message that is cut off", ["grpc 3"], envelope(0, "{}", 100)),
    web("a message of 4 GB by its length", ["grpc 8"], envelope(0, "{}", 0xffff_ffff)),
    web("a length below the message's", ["grpc 8"], envelope(0, '{"name":"tea"}', 2)),
    web("a compressed message without an encoding", ["grpc 13"], envelope(1, "{}")),
    web("an unknown encoding", ["grpc 12"], envelope(1, "{}"), { "grpc-encoding": "rot13" }),
    web("64 MiB of zeros in gzip", ["grpc 12"], envelope(1, gzipBomb), { "grpc-encoding": "gzip" }),
    web("two messages on a unary call", ["grpc 12"], Buffer.concat([envelope(0, "{}"), envelope(0, "{}")])),
    web("trailers after the message", ["grpc 3"], Buffer.concat([envelope(0, "{}"), trailers])),
    web("trailers and no message", ["grpc 12"], trailers),
    web("trailers that never end", ["grpc 8"], envelope(0x80, "grpc-status: 0\r\n", 0xffff_ffff)),
    web(
      "bytes that are no protobuf",
      ["grpc 13"],
      envelope(0, Buffer.alloc(1_000, 0xff)),
      {},
      "application/grpc-web+proto",
    ),
    text("a message in base64", ["415"], envelope(0, "{}").toString("base64")),
    text("text that is no base64", ["415"], "}{".repeat(1_000)),
    text("base64 with padding in its middle", ["415"], `${envelope(0, "{}").toString("base64")}==AAAA`),
  ],
};

export const connectFamily: Family = {
  name: "Connect",
  cases: [
    stream("no message", ["connect unimplemented"], Buffer.alloc(0)),
    stream("unknown flags", ["connect internal"], envelope(0xff, "{}")),
    stream("an end of the stream that is no JSON", ["connect unimplemented"], envelope(2, "}{")),
    stream("a message of 4 GB by its length", ["connect resource_exhausted"], envelope(0, "{}", 0xffff_ffff)),
    stream("a compressed message without an encoding", ["connect internal"], envelope(1, "{}")),
    stream("64 MiB of zeros in gzip", ["connect unimplemented"], envelope(1, gzipBomb), {
      "connect-content-encoding": "gzip",
    }),
    json("64 MiB of zeros in gzip", ["501"], gzipBomb, { headers: { "content-encoding": "gzip" } }),
    json("64 MiB of zeros in brotli", ["501"], brotliBomb, { headers: { "content-encoding": "br" } }),
    json("an unknown encoding", ["501"], "{}", { headers: { "content-encoding": "rot13" } }),
    json("JSON that is nested 100,000 deep", ["400"], `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`),
    json("JSON with a key twice", ["400"], '{"name":"tea","name":"chai","drink":"tea","drink":"chai"}'),
    json("JSON with __proto__", ["400"], '{"__proto__":{"name":"tea"}}'),
    json("text that is no UTF-8", ["400"], Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a])),
    json("no JSON", ["400"], "}{"),
    json("a number where there is text", ["400"], '{"name":7,"drink":7}'),
    json("5 MB", ["429"], `{"name":"${"a".repeat(5_000_000)}"}`),
    json("an unknown content type", ["415"], "{}", { headers: { "content-type": "text/html" } }),
    json("a content type of 8 kB", ["415"], "{}", { headers: { "content-type": "a/".repeat(4_000) } }),
    json("a timeout that is none", ["400"], "{}", { headers: { "connect-timeout-ms": "soon" } }),
    json("a timeout of eleven digits", ["400"], "{}", { headers: { "connect-timeout-ms": "99999999999" } }),
    json("a timeout of a negative time", ["400"], "{}", { headers: { "connect-timeout-ms": "-1" } }),
    json("GET with a message that is no base64", ["405"], "", {
      method: "GET",
      path: (it) => `${it.unary}?connect=v1&encoding=json&base64=1&message=%00%ff`,
    }),
    json("GET with everything twice", ["405"], "", {
      method: "GET",
      path: (it) => `${it.unary}?connect=v1&connect=v2&encoding=json&encoding=proto&message=&message=`,
    }),
  ],
};

const ok: readonly Outcome[] = ["200", "404"];
const valid = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const tea = '{"name":"tea","drink":"tea"}';
const headers = (what: string, them: Record<string, string | string[]>, expect: readonly Outcome[] = ok) =>
  rpc(what, "W3C Trace Context, W3C Baggage", expect, "application/json", tea, {
    headers: them as Record<string, string>,
  });

export const contextFamily: Family = {
  name: "trace context",
  cases: [
    headers("a malformed traceparent", { traceparent: "00-zz-zz-01" }),
    headers("a traceparent of 8 kB", { traceparent: "0".repeat(8_000) }),
    headers("a tracestate of 8 kB", { traceparent: valid, tracestate: `a=${"v".repeat(8_000)}` }),
    headers("1,000 members of tracestate", {
      traceparent: valid,
      tracestate: Array.from({ length: 1_000 }, (_, index) => `k${index}=1`).join(","),
    }),
    headers("180 members of baggage", {
      baggage: Array.from({ length: 180 }, (_, index) => `k${index}=1`).join(","),
    }),
    headers("8,192 bytes of baggage", { baggage: `a=${"v".repeat(4_000)},b=${"v".repeat(4_187)}` }),
    headers("baggage that is not encoded well", { baggage: "a=%,b=%zz,c=%E0%A4,__proto__=1,=,;;" }),
    headers("b3, of another family", { b3: "0", "x-b3-traceid": "zz", "x-b3-sampled": "maybe" }),
    headers("a request id of 8 kB", { "x-request-id": "x".repeat(8_000) }),
    // What the edge takes, all behind it take, with what each adds.
    headers("90 headers", Object.fromEntries(Array.from({ length: 90 }, (_, index) => [`x-${index}`, "1"]))),
    headers("headers of 32,450 bytes", {
      ...Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`x-${index}`, "v".repeat(4_000)])),
      "x-rest": "v".repeat(450),
    }),
    headers("headers of 40 kB", { baggage: `a=${"v".repeat(40_000)}` }, [
      "431",
      "200",
      "reset 11",
      "reset 1",
      "reset 2",
    ]),
  ],
};
