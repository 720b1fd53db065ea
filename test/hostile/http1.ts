import type { Family, HostileCase, Outcome, Target } from "./hostile-case.ts";

const refused: readonly Outcome[] = ["400", "closed"];
const body = '{"name":"tea"}';

function http1(
  what: string,
  source: string,
  expect: readonly Outcome[],
  bytes: (target: Target) => string,
): HostileCase {
  return { what, source, expect, send: { as: "bytes", bytes } };
}

const post = ({ unary, port }: Target, headers: string, rest = body) =>
  `POST ${unary} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\n${headers}\r\n${rest}`;
const sized = `content-length: ${body.length}\r\n`;

/** Requests of HTTP/1 that smuggle, lie about their length, or are no requests: RFC 9112. */
export const http1Family: Family = {
  name: "HTTP/1",
  cases: [
    http1("two lengths that differ", "RFC 9112, 6.3", refused, (it) =>
      post(it, `${sized}content-length: 3\r\n`),
    ),
    http1("a length and chunks", "RFC 9112, 6.1", ["400", "closed"], (it) =>
      post(it, `${sized}transfer-encoding: chunked\r\n`, "0\r\n\r\n"),
    ),
    http1("an unknown transfer coding", "RFC 9112, 6.1", ["400", "501", "closed"], (it) =>
      post(it, "transfer-encoding: chunked, identity\r\n", "0\r\n\r\n"),
    ),
    http1("a negative length", "RFC 9110, 8.6", refused, (it) => post(it, "content-length: -1\r\n")),
    http1("a length beyond 64 bits", "RFC 9110, 8.6", refused, (it) =>
      post(it, `content-length: ${"9".repeat(30)}\r\n`),
    ),
    http1("a chunk's size that is no number", "RFC 9112, 7.1", refused, (it) =>
      post(it, "transfer-encoding: chunked\r\n", "zz\r\nhi\r\n0\r\n\r\n"),
    ),
    http1("a chunk's size beyond 64 bits", "RFC 9112, 7.1", refused, (it) =>
      post(it, "transfer-encoding: chunked\r\n", `${"f".repeat(17)}\r\nhi\r\n0\r\n\r\n`),
    ),
    http1("a header that is folded", "RFC 9112, 5.2", ["400", "200", "closed"], (it) =>
      post(it, `${sized}x-a: 1\r\n 2\r\n`),
    ),
    http1("a zero byte in a header", "RFC 9110, 5.5", refused, (it) => post(it, `${sized}x-a: 1\u00002\r\n`)),
    http1("a blank before the colon", "RFC 9112, 5.1", refused, (it) => post(it, `${sized}x-a : 1\r\n`)),
    http1(
      "no host",
      "RFC 9112, 3.2",
      refused,
      ({ unary }) => `POST ${unary} HTTP/1.1\r\n${sized}\r\n${body}`,
    ),
    http1(
      "HTTP/1.0 without a host",
      "RFC 9112, 3.2",
      [...refused, "421", "426"],
      ({ unary }) => `POST ${unary} HTTP/1.0\r\n${sized}\r\n${body}`,
    ),
    // Envoy joins them to one that is none, and answers to no such name; Node takes the first. Together they ended a service once.
    http1("two hosts", "RFC 9112, 3.2", [...refused, "200", "421"], (it) =>
      post(it, `${sized}host: other\r\n`),
    ),
    http1(
      "an unknown version",
      "RFC 9112, 2.3",
      ["400", "426", "505", "closed"],
      ({ unary }) => `GET ${unary} HTTP/9.9\r\nhost: a\r\n\r\n`,
    ),
    http1("junk", "RFC 9112, 2.2", refused, () => "\u0000\u0001\u0002 junk\r\n\r\n"),
    http1(
      "TLS on a port without",
      "RFC 8446, 4.1.2",
      refused,
      () => "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003",
    ),
    http1("headers of 100 kB", "RFC 6585, 5", ["431", "400", "closed"], (it) =>
      post(it, `${sized}x-a: ${"a".repeat(100_000)}\r\n`),
    ),
    http1("10,000 headers", "RFC 6585, 5", ["431", "400", "closed"], (it) =>
      post(it, `${sized}${Array.from({ length: 10_000 }, (_, index) => `x-${index}: 1\r\n`).join("")}`),
    ),
    http1(
      "a path of 100 kB",
      "RFC 9110, 15.5.15",
      ["431", "400", "414", "closed"],
      ({ port }) => `GET /${"a".repeat(100_000)} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`,
    ),
    http1(
      "headers that do not end",
      "RFC 9110, 15.5.9",
      ["open", "408", "closed"],
      ({ unary }) => `POST ${unary} HTTP/1.1\r\nhost: a\r\nx-a: `,
    ),
    http1("a body that does not come", "RFC 9110, 15.5.9", ["open", "408", "closed"], (it) =>
      post(it, "content-length: 1000\r\n"),
    ),
    http1(
      "CONNECT",
      "RFC 9110, 9.3.6",
      // Envoy answers, the services hang up; nobody opens a way to elsewhere.
      ["403", "404", "closed"],
      () => "CONNECT example:80 HTTP/1.1\r\nhost: example:80\r\n\r\n",
    ),
    http1(
      "TRACE",
      "RFC 9110, 9.3.8",
      ["405"],
      ({ unary, port }) => `TRACE ${unary} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`,
    ),
    http1("1000 requests at once", "RFC 9112, 9.3.2", ["403", "404", "closed"], ({ port }) =>
      `GET /none HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`.repeat(1_000),
    ),
  ],
};
