import { bomb, endHeaders, endStream, fields, frame, type, word } from "./frames.ts";
import type { Family, HostileCase, Outcome, Target } from "./hostile-case.ts";

// Node says INTERNAL_ERROR of a flood, Envoy ENHANCE_YOUR_CALM; either may have closed the connection before it is read.
const calm: readonly Outcome[] = ["goaway 11", "goaway 2", "closed"];
const protocol: readonly Outcome[] = ["goaway 1", "reset 1", "closed"];

function http2(
  what: string,
  source: string,
  expect: readonly Outcome[],
  frames: (target: Target) => Buffer,
): HostileCase {
  return { what, source, expect, send: { as: "frames", frames } };
}

const pseudo = ({ unary, port }: Target): [string, string][] => [
  [":method", "POST"],
  [":scheme", "http"],
  [":path", unary],
  [":authority", `127.0.0.1:${port}`],
];
const open = (target: Target, stream: number, flags = endHeaders, extra: [string, string][] = []) =>
  frame(
    type.headers,
    flags,
    stream,
    fields([...pseudo(target), ["content-type", "application/json"], ...extra]),
  );
const many = (count: number, make: (index: number) => Buffer) =>
  Buffer.concat(Array.from({ length: count }, (_, index) => make(index)));

/** Frames that no client would send, and floods of those that one may: RFC 9113, sections 4 to 6 and 10.5. */
export const http2Family: Family = {
  name: "HTTP/2",
  cases: [
    http2("10,000 pings", "CVE-2019-9512", [...calm, "open"], () =>
      many(10_000, () => frame(type.ping, 0, 0, Buffer.alloc(8))),
    ),
    http2("10,000 settings", "CVE-2019-9515", [...calm, "open"], () =>
      many(10_000, () => frame(type.settings, 0, 0)),
    ),
    http2(
      "2,000 streams, each reset at once",
      "CVE-2023-44487",
      [...calm, "goaway 0", "open", "answered", "reset 7"],
      (it) =>
        many(2_000, (index) =>
          Buffer.concat([open(it, 2 * index + 1), frame(type.reset, 0, 2 * index + 1, word(8))]),
        ),
    ),
    http2(
      "10,000 continuations",
      "CVE-2024-27316",
      [...calm, "goaway 1", "goaway 9", "reset 11", "reset 1", "reset 2", "open", "answered"],
      (it) =>
        Buffer.concat([
          open(it, 1, 0),
          many(10_000, () => frame(type.continuation, 0, 1, fields([["x-a", "a".repeat(64)]]))),
        ]),
    ),
    http2(
      "10,000 empty data frames",
      "CVE-2019-9518",
      [...calm, "goaway 1", "reset 11", "open", "answered"],
      (it) => Buffer.concat([open(it, 1), many(10_000, () => frame(type.data, 0, 1))]),
    ),
    http2("10,000 window updates", "CVE-2019-9511", [...calm, "open"], () =>
      many(10_000, () => frame(type.windowUpdate, 0, 0, word(1))),
    ),
    http2("10,000 priorities", "CVE-2019-9513", [...calm, "open"], () =>
      many(10_000, () => frame(type.priority, 0, 1, Buffer.alloc(5))),
    ),
    http2("a window of more than 31 bits", "RFC 9113, 6.9.1", ["goaway 3", "closed"], () =>
      frame(type.windowUpdate, 0, 0, word(0x7fff_ffff)),
    ),
    http2("a window update of zero", "RFC 9113, 6.9", protocol, () =>
      frame(type.windowUpdate, 0, 0, word(0)),
    ),
    http2("a frame that is too large", "RFC 9113, 4.2", ["goaway 6", "closed"], () =>
      frame(type.data, 0, 1, Buffer.alloc(0), 0xff_ffff),
    ),
    http2("data on no stream", "RFC 9113, 6.1", ["goaway 1", "goaway 5", "closed"], () =>
      frame(type.data, 0, 1, Buffer.from("hi")),
    ),
    http2("a stream with an even number", "RFC 9113, 5.1.1", protocol, (it) => open(it, 2)),
    http2("headers that cannot be decoded", "RFC 7541, 2.3.3", ["goaway 9", "goaway 1", "closed"], () =>
      frame(type.headers, endHeaders, 1, Buffer.from([0xff, 0xff, 0xff, 0xff, 0x7f])),
    ),
    http2(
      "a header of 4 kB, 15,000 times by reference",
      "CVE-2016-6581",
      [...calm, "reset 11", "reset 1", "reset 2", "reset 7", "goaway 1", "answered"],
      (it) =>
        frame(
          type.headers,
          endHeaders | endStream,
          1,
          Buffer.concat([fields(pseudo(it)), bomb("b".repeat(4_000), 12_000)]),
        ),
    ),
    http2("no path", "RFC 9113, 8.3.1", [...protocol, "answered"], (it) =>
      frame(type.headers, endHeaders | endStream, 1, fields(pseudo(it).filter(([name]) => name !== ":path"))),
    ),
    http2("two paths", "RFC 9113, 8.3", [...protocol, "answered"], (it) =>
      open(it, 1, endHeaders | endStream, [[":path", "/"]]),
    ),
    http2("an unknown pseudo header", "RFC 9113, 8.3", [...protocol, "answered"], (it) =>
      frame(type.headers, endHeaders | endStream, 1, fields([...pseudo(it), [":evil", "1"]])),
    ),
    http2("a header in upper case", "RFC 9113, 8.2.1", [...protocol, "answered"], (it) =>
      open(it, 1, endHeaders | endStream, [["X-A", "1"]]),
    ),
    http2("a line break in a header", "RFC 9113, 8.2.1", [...protocol, "answered"], (it) =>
      open(it, 1, endHeaders | endStream, [["x-a", "1\r\nx-b: 2"]]),
    ),
    http2("a connection header", "RFC 9113, 8.2.2", [...protocol, "answered"], (it) =>
      open(it, 1, endHeaders | endStream, [["transfer-encoding", "chunked"]]),
    ),
    http2("a pseudo header in the trailers", "RFC 9113, 8.1", [...protocol, "answered"], (it) =>
      Buffer.concat([
        open(it, 1),
        frame(type.data, 0, 1, Buffer.from("{}")),
        frame(type.headers, endHeaders | endStream, 1, fields([[":path", "/"]])),
      ]),
    ),
    {
      what: "another preface",
      source: "RFC 9113, 3.4",
      expect: ["400", "426", "505", "closed"],
      send: { as: "bytes", bytes: () => "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n" },
    },
  ],
};
