import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { after, before, suite, test } from "node:test";
import { gzipSync } from "node:zlib";
import { OtlpIntake } from "@envoy-mesh-lab/trace";
import fc from "fast-check";
import { Forwarder } from "./forwarder.ts";
import { exportAnswer, grpcFrame } from "./otlp-answer.ts";
import { Receiver } from "./receiver.ts";

/** One span as an ExportTraceServiceRequest of protobuf, by hand: the ids, a name, a kind and two times. */
function requestOf(traceId: string, spanId = "00000000000000a1"): Buffer {
  const field = (number: number, content: Buffer) =>
    Buffer.concat([Buffer.from([(number << 3) | 2, content.length]), content]);
  const time = (number: number) => {
    const bytes = Buffer.alloc(9);
    bytes[0] = (number << 3) | 1;
    bytes.writeBigUInt64LE(1_760_000_000_000_000_000n, 1);
    return bytes;
  };
  const span = Buffer.concat([
    field(1, Buffer.from(traceId, "hex")),
    field(2, Buffer.from(spanId, "hex")),
    field(5, Buffer.from("a span")),
    Buffer.from([6 << 3, 2]),
    time(7),
    time(8),
  ]);
  return field(1, field(2, field(2, span)));
}

const idOf = (n: number) => n.toString(16).padStart(32, "0");
const paths = { grpc: "/opentelemetry.proto.collector.trace.v1.TraceService/Export", http: "/v1/traces" };

suite("receiving OTLP", () => {
  const intake = new OtlpIntake({ spans: 1000, bytes: 1 << 28 });
  const receiver = new Receiver(intake, () => {});
  let base = "";
  let port = 0;
  before(async () => {
    port = await receiver.listen(0);
    base = `http://127.0.0.1:${port}`;
  });
  after(() => receiver.close());

  async function post(body: Uint8Array | string, headers: Record<string, string> = {}, path = paths.http) {
    const all = { "content-type": "application/x-protobuf", ...headers };
    const answer = await fetch(base + path, {
      method: "POST",
      headers: all,
      body: typeof body === "string" ? body : new Uint8Array(body),
    });
    return { status: answer.status, body: Buffer.from(await answer.arrayBuffer()) };
  }

  /** A call of gRPC, with what its trailers say. */
  async function call(frame: Uint8Array, headers: Record<string, string> = {}, path = paths.grpc) {
    const session = connectHttp2(base);
    const stream = session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc+proto",
      te: "trailers",
      ...headers,
    });
    let trailers: Record<string, unknown> = {};
    stream.on("trailers", (it) => {
      trailers = it;
    });
    const body: Buffer[] = [];
    stream.on("data", (it: Buffer) => body.push(it));
    stream.end(frame);
    await once(stream, "close");
    session.close();
    return { status: trailers["grpc-status"], message: trailers["grpc-message"], body: Buffer.concat(body) };
  }

  test("over HTTP: protobuf and JSON, packed or not, and without a span", async () => {
    const before = intake.spanCount;
    const packed = { "content-encoding": "gzip" };
    const json = { "content-type": "application/json; charset=utf-8" };
    assert.deepEqual(await post(requestOf(idOf(1))), { status: 200, body: Buffer.alloc(0) });
    assert.equal((await post(gzipSync(requestOf(idOf(2))), packed)).status, 200);
    const span = {
      traceId: idOf(3),
      spanId: "00000000000000a1",
      name: "a span",
      kind: 2,
      startTimeUnixNano: "1760000000000000000",
      endTimeUnixNano: "1760000000000000001",
    };
    const document = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
    assert.deepEqual(await post(document, json), { status: 200, body: Buffer.from("{}") });
    assert.equal((await post(gzipSync(document), { ...json, ...packed })).status, 200);
    assert.equal(intake.spanCount - before, 4);
    assert.equal((await post("")).status, 200);
    assert.equal((await post("{}", json)).status, 200);
    assert.equal(intake.spanCount - before, 4);
  });

  test("over gRPC, packed or not", async () => {
    const before = intake.spanCount;
    const { status, body } = await call(grpcFrame(requestOf(idOf(4))));
    assert.deepEqual([status, body], ["0", grpcFrame(new Uint8Array(0))]);
    const packed = grpcFrame(gzipSync(requestOf(idOf(5))));
    packed[0] = 1;
    assert.equal((await call(packed, { "grpc-encoding": "gzip" })).status, "0");
    assert.equal(intake.spanCount - before, 2);
  });

  test("metrics and logs are answered, and counted", async () => {
    const { others } = receiver.counts;
    assert.equal((await post("anything", {}, "/v1/metrics")).status, 200);
    const logs = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
    assert.equal((await call(grpcFrame(Buffer.from("anything")), {}, logs)).status, "0");
    assert.equal(receiver.counts.others - others, 2);
  });

  test("a span that is none is rejected, and the others are taken (partial success)", async () => {
    const bad = { traceId: "z z", spanId: "1" };
    const good = { traceId: idOf(6), spanId: "00000000000000a1", name: "x", kind: 1 };
    const document = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [bad, good] }] }] });
    const { status, body } = await post(document, { "content-type": "application/json" });
    const { partialSuccess } = JSON.parse(body.toString());
    assert.deepEqual([status, partialSuccess.rejectedSpans], [200, "1"]);
    assert.match(partialSuccess.errorMessage, /"z z", and not a trace id/);
  });

  for (const [what, body, headers, status, message] of [
    ["rubbish", "rubbish!", {}, 400, /ExportTraceServiceRequest/],
    ["a message that is cut off", requestOf(idOf(7)).subarray(0, 30), {}, 400, /cut off/],
    ["JSON that is none", "{", { "content-type": "application/json" }, 400, /JSON/],
    [
      "another document",
      '{"spans":[]}',
      { "content-type": "application/json" },
      400,
      /no resourceSpans, but spans/,
    ],
    ["what is not packed as it says", "x", { "content-encoding": "gzip" }, 400, /is not gzip/],
    ["a packing that is not known", "x", { "content-encoding": "br" }, 415, /"br" is not taken/],
    ["a content type that is not known", "x", { "content-type": "text/plain" }, 415, /"text\/plain"/],
    [
      "what is too large unpacked",
      gzipSync(Buffer.alloc((64 << 20) + 1)),
      { "content-encoding": "gzip" },
      413,
      /64 MiB/,
    ],
  ] as const) {
    test(`refused: ${what}`, async () => {
      const answer = await post(body, headers);
      assert.equal(answer.status, status);
      assert.match(answer.body.toString(), message);
    });
  }

  test("refused: another path, another method, gRPC at a path of HTTP and the other way round", async () => {
    assert.equal((await post("x", {}, "/v1/other")).status, 404);
    assert.equal((await post("x", {}, paths.grpc)).status, 404);
    assert.equal((await fetch(base + paths.http)).status, 405);
    assert.equal((await call(grpcFrame(requestOf(idOf(8))), {}, paths.http)).status, "12");
  });

  test("refused over gRPC: rubbish, half a frame, too large unpacked", async () => {
    assert.equal((await call(grpcFrame(Buffer.from("rubbish!")))).status, "3");
    assert.equal((await call(Buffer.from([0, 0]))).status, "3");
    const bomb = grpcFrame(gzipSync(Buffer.alloc((64 << 20) + 1)));
    bomb[0] = 1;
    assert.equal((await call(bomb, { "grpc-encoding": "gzip" })).status, "8");
  });

  test("no bytes end it: after each it takes a span", async () => {
    const whole = requestOf(idOf(9));
    const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    const http1 = Buffer.from(
      `POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\n`,
    );
    const raw = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.uint8Array({ maxLength: 200 }).map((it) => Buffer.concat([preface, it])),
      fc.uint8Array({ maxLength: 200 }).map((it) => Buffer.concat([preface.subarray(0, it.length % 24), it])),
      fc.uint8Array({ maxLength: 50 }).map((it) => Buffer.concat([http1, it])),
    );
    const mutated = fc
      .tuple(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length))
      .map(([at, byte, end]) => {
        const bytes = Buffer.from(whole);
        bytes[at] = byte;
        return bytes.subarray(0, end);
      });
    let n = 100;
    await fc.assert(
      fc.asyncProperty(raw, mutated, fc.boolean(), async (bytes, message, isGrpc) => {
        const socket = connect(port, "127.0.0.1");
        socket.on("error", () => {});
        socket.end(bytes);
        const answer = isGrpc ? await call(grpcFrame(message)) : await post(message);
        assert.ok(["0", "3", 200, 400].includes(answer.status as string | number), `${answer.status}`);
        const before = intake.spanCount;
        assert.equal((await post(requestOf(idOf(++n)))).status, 200);
        assert.equal(intake.spanCount, before + 1);
        socket.destroy();
      }),
      { numRuns: 60 },
    );
  });
});

test("above its limit it drops, says so to who sent it, and counts", async () => {
  const intake = new OtlpIntake({ spans: 1, bytes: 1 << 20 });
  assert.equal(intake.take(requestOf(idOf(1)), "protobuf").spans, 1);
  const answer = intake.take(requestOf(idOf(2)), "protobuf");
  assert.deepEqual(answer, { spans: 0, rejected: 1, why: "this receiver keeps no more spans" });
  assert.deepEqual(intake.missing, { dropped: 1, unreadable: 0, broken: 0 });
  assert.deepEqual([intake.spanCount, intake.traceCount], [1, 1]);
  // partial_success 1 { rejected_spans 1: 300, error_message 2: "x" }
  assert.deepEqual([...exportAnswer("protobuf", 300, "x")], [0x0a, 6, 0x08, 0xac, 0x02, 0x12, 1, 0x78]);
});

test("everything is passed on, whatever it came by; what is not is counted", async () => {
  const last = new OtlpIntake({ spans: 10, bytes: 1 << 20 });
  const second = new Receiver(last, () => {});
  const port = await second.listen(0);
  const forwarder = new Forwarder(`http://127.0.0.1:${port}/`);
  const first = new Receiver(new OtlpIntake({ spans: 10, bytes: 1 << 20 }), () => {}, forwarder);
  const url = `http://127.0.0.1:${await first.listen(0)}/v1/traces`;
  const headers = { "content-type": "application/x-protobuf", "content-encoding": "gzip" };
  const send = (n: number) =>
    fetch(url, { method: "POST", headers, body: new Uint8Array(gzipSync(requestOf(idOf(n)))) });
  try {
    await send(1);
    await forwarder.end();
    assert.equal(last.spanCount, 1);
    assert.equal(forwarder.losses.requests, 0);
    second.close();
    assert.equal((await send(2)).status, 200);
    await forwarder.end();
    assert.equal(forwarder.losses.requests, 1);
  } finally {
    first.close();
    second.close();
  }
});
