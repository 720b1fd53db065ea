import { endHeaders, endStream, fields, frame, type } from "./frames.ts";
import type { Target } from "./hostile-case.ts";

/** Conversations that nobody thought of: requests of HTTP/1 and HTTP/2 made of parts that are wrong in known ways. */

/** A number from 0 to below 1; the same ones in order for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const values = [
  ...["127.0.0.1", "a,b", "127.0.0.1:1,b", "[", "[::1", "%00", "", "a:b:c", "\u00e9", "x".repeat(5_000)],
  ...["application/json", "application/grpc", "application/connect+json", "application/grpc-web-text"],
  ...["gzip", "identity;q=x", "0", "-1", "9".repeat(20), "1S", "text/\u00ff", 'application/proto; charset="'],
];
const names = [
  ...[
    "host",
    "content-type",
    "content-length",
    "content-encoding",
    "grpc-encoding",
    "grpc-timeout",
    "expect",
    "te",
  ],
  ...[
    "connect-timeout-ms",
    "connect-protocol-version",
    "traceparent",
    "tracestate",
    "baggage",
    "cookie",
    "upgrade",
  ],
  ...["x-request-id", "accept-encoding", "connection"],
];
const methods = ["POST", "GET", "CONNECT", "PUT", "OPTIONS", "HEAD"];

/** What one caller says, from its first byte to its last. */
export function randomConversation({ unary, stream }: Target, random: () => number): Buffer {
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const times = <T>(count: number, make: (index: number) => T) =>
    Array.from({ length: count }, (_, index) => make(index));
  const paths = [
    unary,
    unary,
    stream,
    "/grpc.health.v1.Health/Watch",
    "*",
    "//[",
    "/readyz?%",
    "/debug/telemetry",
  ];
  const headers = (count: number) => times(count, (): [string, string] => [pick(names), pick(values)]);

  if (below(3) === 0) {
    const host = below(5) === 0 ? "" : `host: ${pick(values)}\r\n`;
    const lines = headers(below(8)).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `${pick(methods)} ${pick(paths)} HTTP/1.${below(2)}\r\n${host}${lines.join("")}\r\n`;
    return Buffer.from(head + "{}".repeat(below(3)), "latin1");
  }
  const requests = times(1 + below(5), (index) => {
    const number = 2 * index + 1;
    const pseudo: [string, string][] = [
      [":method", pick(methods)],
      [":scheme", pick(["http", "x"])],
      [":path", pick(paths)],
      [":authority", pick(values)],
    ];
    const all = [...pseudo.filter(() => below(12) > 0), ...headers(below(6))];
    const rest = times(below(4), () =>
      frame(
        pick(Object.values(type)),
        pick([0, 1, 4, 5, 8, 0x20]),
        number,
        Buffer.from(times(below(30), () => below(256))),
      ),
    );
    return Buffer.concat([
      frame(type.headers, endHeaders | (below(3) === 0 ? endStream : 0), number, fields(all)),
      ...rest,
    ]);
  });
  return Buffer.concat([
    Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    frame(type.settings, 0, 0),
    ...requests,
  ]);
}
