import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { codesOf, readBytes, readJson } from "../../testing/read-bytes.ts";
import { quirkTable } from "../quirk-table.ts";
import { readFileNow } from "./read-inputs.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const service = { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] };
const span = (fields: object) => ({
  traceId,
  spanId: "00000000000000a1",
  name: "GET",
  kind: 2,
  startTimeUnixNano: "1795425587408940123",
  endTimeUnixNano: "1795425587411090000",
  ...fields,
});
const otlp = (...spans: object[]) => ({ resourceSpans: [{ resource: service, scopeSpans: [{ spans }] }] });

suite("OTLP: what is odd is reported, and put right where it can be", () => {
  const a1 = ["00000000000000a1"];
  const cases: [string, object, Record<string, string[]>][] = [
    ["nothing odd", {}, {}],
    ["ids in upper case", { spanId: "00000000000000A1" }, {}],
    ["ids in base64", { traceId: "CvdlGRbNQ92ESOshHIAxnA==", spanId: "AAAAAAAAAKE=" }, {}],
    ["a short id", { spanId: "a1" }, { "padded-id": a1 }],
    ["a parent that is none in words", { parentSpanId: "null" }, {}],
    ["no kind", { kind: undefined }, { "missing-kind": a1 }],
    ["a kind by name", { kind: "SPAN_KIND_SERVER" }, {}],
    ["no end", { endTimeUnixNano: undefined }, { "no-end": a1 }],
    ["no start", { startTimeUnixNano: "0" }, { "no-start": a1 }],
    ["no time", { startTimeUnixNano: 0, endTimeUnixNano: null }, { "no-time": a1 }],
    [
      "an end that was never set",
      { endTimeUnixNano: "9223372036854775807" },
      { "no-end": a1, "unlikely-time": a1 },
    ],
    [
      "a time since the machine's start",
      { startTimeUnixNano: "5000", endTimeUnixNano: "7000" },
      { "unlikely-time": a1 },
    ],
    ["a span of two years", { endTimeUnixNano: "1865425587408940123" }, { "unlikely-time": a1 }],
    ["a status as a text", { status: "ERROR" }, { "odd-status": a1 }],
    ["a status by a short name", { status: { code: "Error" } }, { "odd-status": a1 }],
    ["a status that is none", { status: { code: "bad" } }, { "unreadable-value": a1 }],
    ["an end before the start", { endTimeUnixNano: "1795425587400000000" }, { "ends-before-start": a1 }],
    ["a parent that is missing", { parentSpanId: "00000000000000ff" }, { "missing-parent": a1 }],
    ["a parent of zeros", { parentSpanId: "0000000000000000" }, {}],
    ["a time that is no time", { endTimeUnixNano: "soon" }, { "no-end": a1, "unreadable-value": a1 }],
    ["attributes that are no list", { attributes: 7 }, { "unreadable-value": a1 }],
    ["an attribute without key", { attributes: [{ value: {} }] }, { "unreadable-value": a1 }],
    ["a link to nowhere", { links: [{ traceId: "", spanId: 7 }] }, { "unreadable-value": a1 }],
  ];
  for (const [name, fields, quirks] of cases) {
    test(name, () => {
      const { traces } = readJson(otlp(span(fields)));
      assert.equal(traces.length, 1);
      assert.equal(traces[0]?.spans[0]?.spanId, "00000000000000a1");
      assert.deepEqual(codesOf(traces[0]), quirks);
    });
  }

  test("times in microseconds become nanoseconds", () => {
    const { traces } = readJson(
      otlp(span({ startTimeUnixNano: 1795425587408940, endTimeUnixNano: "1795425587411090" })),
    );
    assert.equal(traces[0]?.spans[0]?.startNs, 1795425587408940000n);
    assert.equal(traces[0]?.spans[0]?.endNs, 1795425587411090000n);
    assert.deepEqual(codesOf(traces[0]), { "time-unit": a1 });
  });

  for (const [unit, startTimeUnixNano, endTimeUnixNano] of [
    ["milliseconds", 1795425587408, "1795425587411"],
    ["seconds", "1795425587", "1795425588"],
    ["seconds with a fraction", 1795425587.408, "1795425587.411"],
  ] as const) {
    test(`times in ${unit} become nanoseconds`, () => {
      const { traces } = readJson(otlp(span({ startTimeUnixNano, endTimeUnixNano })));
      const [read] = traces[0]?.spans ?? [];
      assert.match(`${read?.startNs}`, /^1795425587(408)?0+$/);
      assert.match(`${read?.endNs}`, /^179542558(7411|8)0+$/);
      assert.deepEqual(codesOf(traces[0]), { "time-unit": a1 });
    });
  }

  test("a status that is written in another way is what it says", () => {
    for (const status of ["ERROR", { code: "error" }, { code: "2" }, 2]) {
      const { traces } = readJson(otlp(span({ status })));
      assert.equal(traces[0]?.spans[0]?.status.code, "error", JSON.stringify(status));
    }
  });

  test("a time that is a number is told to be inexact", () => {
    const { traces } = readJson(otlp(span({ startTimeUnixNano: Number("1795425587408940123") })));
    assert.deepEqual(codesOf(traces[0]), { "inexact-time": a1 });
  });

  test("several services in one resource", () => {
    const attributes = [{ key: "service.name", value: { stringValue: "till" } }];
    const { traces } = readJson(otlp(span({}), span({ spanId: "00000000000000a2", attributes })));
    const of = (id: string) => traces[0]?.spans.find((it) => it.spanId === id)?.resource["service.name"];
    assert.deepEqual([of("00000000000000a1"), of("00000000000000a2")], ["shop", "till"]);
    assert.deepEqual(codesOf(traces[0]), { "several-services": ["00000000000000a2"] });
  });

  test("no service name", () => {
    const { traces } = readJson({ resourceSpans: [{ scopeSpans: [{ spans: [span({})] }] }] });
    assert.deepEqual(codesOf(traces[0]), { "missing-service": a1 });
  });

  test("a span without a span id is left out and told", () => {
    const { traces, problems } = readJson(otlp(span({}), span({ spanId: "" })));
    assert.equal(traces[0]?.spans.length, 1);
    assert.equal(problems, 1);
    const [quirk] = traces[0]?.quirks ?? [];
    assert.equal(quirk?.code, "unreadable-span");
    assert.match(quirk?.message ?? "", /resourceSpans\.0\.scopeSpans\.0\.spans\.1\.spanId/);
  });

  test("the same span twice is kept once; another with its id is kept under a new id, in any order", () => {
    const other = span({ name: "PUT", startTimeUnixNano: "1795425587408950000" });
    const read = (...spans: object[]) => readJson(otlp(...spans)).traces[0];
    const trace = read(span({}), other, span({}));
    assert.deepEqual(trace?.spans.map((it) => [it.name, it.originalSpanId]).sort(), [
      ["GET", undefined],
      ["PUT", "00000000000000a1"],
    ]);
    const moved = trace?.spans.find((it) => it.name === "PUT")?.spanId as string;
    assert.notEqual(moved, "00000000000000a1");
    assert.deepEqual(codesOf(trace), { "conflicting-span": [moved], "duplicate-span": a1 });
    assert.equal(read(other, span({}))?.spans.find((it) => it.name === "PUT")?.spanId, moved);
  });

  test("legacy names of lists and of the instrumentation scope", () => {
    const { traces } = readJson({
      resource_spans: [
        {
          resource: service,
          instrumentationLibrarySpans: [
            { instrumentationLibrary: { name: "old", version: "0.1" }, spans: [span({})] },
          ],
        },
      ],
    });
    assert.deepEqual(traces[0]?.spans[0]?.scope, { name: "old", version: "0.1" });
  });

  test("only the attributes that are wanted are kept", () => {
    const attributes = ["a", "b"].map((key) => ({ key, value: { intValue: "1" } }));
    const { traces } = readBytes([JSON.stringify(otlp(span({ attributes })))], { keep: new Set(["b"]) });
    assert.deepEqual(traces[0]?.spans[0]?.attributes, { b: 1 });
  });

  test("an attribute named __proto__ is an attribute like any other", () => {
    const attributes = [{ key: "__proto__", value: { stringValue: "x" } }];
    const { traces } = readJson(otlp(span({ attributes })));
    assert.deepEqual(Object.keys(traces[0]?.spans[0]?.attributes ?? {}), ["__proto__"]);
  });
});

suite("input that is cut off or broken", () => {
  const line = (id: string) =>
    JSON.stringify(otlp(span({ spanId: id }), span({ spanId: `${id.slice(0, 15)}f` })));

  test("a last line that is cut off gives what is whole of it, and is reported with its place", () => {
    const text = `${line("00000000000000a1")}\n${line("00000000000000b1").slice(0, -60)}`;
    const { traces, notices } = readBytes([text]);
    assert.deepEqual(
      traces[0]?.spans.map((it) => it.spanId),
      ["00000000000000a1", "00000000000000af", "00000000000000b1"],
    );
    assert.match(notices[0] ?? "", /input-0:2 \(byte \d+\) is broken/);
    assert.ok("cut-off" in codesOf(traces[0]));
  });

  test("a document over several lines that is cut off", () => {
    const text = JSON.stringify(otlp(span({}), span({ spanId: "00000000000000a2" })), null, 2);
    const { traces, notices } = readBytes([text.slice(0, text.indexOf("00000000000000a2") + 30)]);
    assert.equal(traces[0]?.spans.length, 1);
    assert.equal(notices.length, 1);
    assert.ok("cut-off" in codesOf(traces[0]));
  });

  test("a broken line among whole ones costs that line only", () => {
    const { traces, notices } = readBytes([
      `${line("00000000000000a1")}\n{"resourceSpans": [}\n${line("00000000000000b1")}\n`,
    ]);
    assert.equal(traces[0]?.spans.length, 4);
    assert.equal(notices.length, 1);
  });

  test("a broken document is an error that says where", () => {
    assert.throws(() => readBytes(['{"resourceSpans": [}\n']), {
      name: "LabError",
      exitCode: 2,
      message: /input-0, line 1, character 20: /,
    });
  });

  for (const [name, document, told] of [
    ["metrics", { resourceMetrics: [] }, /is metrics/],
    ["logs", { resourceLogs: [] }, /is logs/],
    ["Tempo's answer to a search", { traces: [{ traceID: "a1" }] }, /answer to a search/],
    ["one of the traces that Tempo found", { traceID: "a1", spanSet: { spans: [] } }, /answer to a search/],
    ["what lab trace prints", { traceId, spans: [{ startNs: "1" }] }, /`trace --json`/],
    [
      "Zipkin's v1",
      [{ traceId: "a1", id: "b1", name: "get", annotations: [], binaryAnnotations: [] }],
      /Zipkin's v1 JSON.*api\/v2/,
    ],
    [
      "OpenTelemetry JS's console",
      { traceId, id: "00000000000000a1", kind: 1, timestamp: 1, attributes: {}, status: { code: 0 } },
      /ConsoleSpanExporter.*file exporter/,
    ],
    [
      "OpenTelemetry Python's console",
      { name: "GET", context: { trace_id: "0x1", span_id: "0x2" }, kind: "SpanKind.SERVER" },
      /Python's ConsoleSpanExporter/,
    ],
    ["OpenTelemetry Go's stdouttrace", { Name: "GET", SpanContext: { TraceID: "1" } }, /stdouttrace/],
    ["X-Ray", { Traces: [{ Id: "1-58406520-a006649127e371903a2de979", Segments: [] }] }, /X-Ray/],
    ["X-Ray's summaries", { TraceSummaries: [{ Id: "1-58406520-a006649127e371903a2de979" }] }, /X-Ray/],
    ["X-Ray's documents", [{ Id: "a1", Document: '{"id":"a1","trace_id":"1-58406520-a0"}' }], /X-Ray/],
    ["what X-Ray's daemon takes", { format: "json", version: 1 }, /X-Ray/],
    ["Datadog", [[{ trace_id: 1, span_id: 2, meta: {} }]], /Datadog/],
    [
      "Datadog's API",
      { data: [{ attributes: { trace_id: "1", span_id: "2", resource_name: "" } }] },
      /Datadog/,
    ],
    ["Datadog's page", { trace: { spans: { 1: { trace_id: "1", span_id: "1", meta: {} } } } }, /Datadog/],
    [
      "Datadog's agent, an older API",
      { traces: [[{ trace_id: 1, span_id: 2, resource: "GET /", meta: {} }]] },
      /Datadog/,
    ],
    ["X-Ray's segments with W3C ids", { trace_id: traceId, id: "a1", name: "a", start_time: 1 }, /X-Ray/],
    ["Google Cloud Trace", { traces: [{ projectId: "p", traceId, spans: [] }] }, /Google.*googlecloud/],
    ["Google Cloud Trace v2", { spans: [{ name: "projects/p/traces/a/spans/b" }] }, /Google/],
    ["Elastic's agents", { transaction: { id: "a1", trace_id: traceId, duration: 1 } }, /Elastic APM/],
    [
      "Elasticsearch's answer",
      { hits: { hits: [{ _source: { processor: { event: "span" }, trace: { id: traceId } } }] } },
      /Elastic APM.*APM server/,
    ],
    ["OpenSearch", [{ traceId, spanId: "a1", durationInNanos: 1 }], /OpenSearch/],
    ["ClickHouse", { TraceId: traceId, SpanId: "a1" }, /ClickHouse/],
    ["Azure", { name: "R", data: { baseType: "RequestData" } }, /Application Insights/],
    ["New Relic", [{ common: {}, spans: [{ "trace.id": traceId, id: "a1" }] }], /New Relic/],
    ["Honeycomb", [{ data: { "trace.trace_id": traceId } }], /Honeycomb/],
    [
      "Grafana's panel",
      { results: { A: { frames: [{ schema: { fields: [{ name: "traceID" }, { name: "spanID" }] } }] } } },
      /Grafana.*Export/,
    ],
    [
      "a page's own form of what Jaeger answered",
      {
        data: {
          spanDTO: { spanID: "a1", operationName: "o", serviceName: "a", processID: "p1", children: [] },
        },
      },
      /what Jaeger answered.*\/api\/traces\/ID/,
    ],
    [
      "an unknown form, of which an attribute holds the answer to a request",
      { Root: { Attributes: { "response.body": JSON.stringify({ result: { resourceSpans: null } }) } } },
      /in no known format of trace data/,
    ],
    ["Jaeger's Thrift", { spans: [{ traceIdLow: 1, spanId: 2 }] }, /Thrift.*\/api\/traces/],
    ["SkyWalking", { data: { trace: { spans: [{ segmentId: "a" }] } } }, /SkyWalking/],
    ["a profile", { traceEvents: [] }, /profile/],
    ["spans of OTLP alone", [{ traceId, spanId: "a1", startTimeUnixNano: "1" }], /whose they are/],
    ["spans with Zipkin's ids", [{ traceId, id: "00000000000000a1", startTime: 1 }], /Zipkin's ids/],
    [
      "Jaeger's error",
      { errors: [{ code: 404, msg: "not found" }] },
      /\.json: the document is .*an error: "not found"$/m,
    ],
    ["errors of an unknown form", { errors: [{}] }, /tells of errors/],
    ["nothing", [], /found nothing/],
    ["anything else", { hello: "world" }, /in no known format of trace data/],
  ] as const) {
    test(`${name}: an error that says what it is`, () => {
      const { traces, problems } = readJson(document);
      assert.deepEqual([traces.length, problems], [0, 1]);
      const file = join(tmpdir(), `lab-quirks-${process.pid}.json`);
      writeFileSync(file, JSON.stringify(document));
      try {
        assert.throws(() => readFileNow(file, { notice: assert.fail }), { exitCode: 2, message: told });
      } finally {
        rmSync(file);
      }
    });
  }

  test("what OpenTelemetry JS prints to a console is no JSON, and is known", () => {
    assert.throws(() => readBytes(["{\n  resource: {\n    attributes: {}\n  },\n  traceId: 'a1'\n}\n"]), {
      message: /ConsoleSpanExporter/,
    });
  });

  test("logs among the spans are told apart from what could not be read", () => {
    const file = join(tmpdir(), `lab-signals-${process.pid}.jsonl`);
    writeFileSync(file, `${line("00000000000000a1")}\n{"resourceLogs":[]}\n{"resourceLogs":[]}\n`);
    const notices: string[] = [];
    try {
      readFileNow(file, { notice: (text) => notices.push(text) });
    } finally {
      rmSync(file);
    }
    assert.equal(notices.length, 1);
    assert.match(notices[0] ?? "", /^2 documents hold logs or metrics and no spans/);
  });

  for (const [name, text, told] of [
    [".NET's console", "Activity.TraceId:            a1\n", /\.NET's/],
    ["Rust's stdout", "Spans\nResource\n\t -> ", /Rust's/],
    ["the Collector's debug exporter", "2026-01-01T00:00:00Z\tinfo\tResourceSpans #0\n", /debug exporter/],
    ["Java's logging exporter", `INFO: 'GET /' : ${traceId} 00000000000000a1 SERVER [tracer: x:1]`, /Java's/],
    ["a page", "<!DOCTYPE html><html>", /HTML/],
    ["an answer with its headers", "HTTP/1.1 200 OK\r\n\r\n{}", /curl without -i/],
    ["a zip archive", "PK\u0003\u0004\u0000", /zip/],
    ["Parquet", "PAR1\u0015", /Parquet/],
    ["a table", "Trace ID,Trace name,Start time\n", /CSV/],
  ] as const) {
    test(`${name}, which is no JSON: an error that says what it is`, () => {
      assert.throws(() => readBytes([text]), { exitCode: 2, message: told });
    });
  }

  for (const [name, wrap] of [
    ["an answer in another one", (it: object) => ({ result: { data: [it] } })],
    ["a text in a HAR", (it: object) => ({ log: { entries: [{ content: { text: JSON.stringify(it) } }] } })],
  ] as const) {
    test(`${name}: what is inside is read, and that is said`, () => {
      const { traces, notices, problems } = readJson(wrap(otlp(span({ spanId: "00000000000000a1" }))));
      assert.deepEqual([traces[0]?.spans.length, problems], [1, 0]);
      assert.match(notices[0] ?? "", /found inside of another document, at (result|log)\./);
    });
  }

  test("batches without what is around them are read", () => {
    const { resourceSpans } = otlp(span({ spanId: "00000000000000a1" }));
    assert.equal(readJson(resourceSpans).traces[0]?.spans.length, 1);
    assert.equal(readJson(resourceSpans[0]).traces[0]?.spans.length, 1);
  });

  test("an answer of which Tempo says that it is not whole is not taken for whole", () => {
    const answer = {
      trace: otlp(span({ spanId: "00000000000000a1" })),
      status: "PARTIAL",
      message: "too large",
    };
    const { traces, problems } = readJson(answer);
    assert.deepEqual([traces[0]?.spans.length, problems], [1, 1]);
  });

  test("UTF-16, as PowerShell writes it, is reported", () => {
    const text = Buffer.from(`\ufeff{"resourceSpans":[]}`, "utf16le");
    assert.throws(() => readBytes([text]), { exitCode: 2, message: /is UTF-16.*save it as UTF-8/ });
    assert.throws(() => readBytes([text.swap16()]), { message: /is UTF-16/ });
  });

  test("what is no trace data is an error that shows how it begins", () => {
    assert.throws(() => readBytes(["import x from 'y';\n"]), /begins with "import x from/);
  });

  test("several documents one after the other, over several lines each", () => {
    const pretty = (id: string) => `${JSON.stringify(otlp(span({ spanId: id })), null, 2)}\n`;
    const { traces, notices } = readBytes([pretty("00000000000000a1") + pretty("00000000000000b1")]);
    assert.equal(traces[0]?.spans.length, 2);
    assert.deepEqual(notices, []);
  });

  test("a byte order mark before the first line", () => {
    const { traces } = readBytes([`\ufeff${line("00000000000000a1")}\n${line("00000000000000b1")}\n`]);
    assert.equal(traces[0]?.spans.length, 4);
  });

  test("a trace in pieces over lines, batches and files is one trace", () => {
    const { traces } = readBytes([
      `${line("00000000000000a1")}\n`,
      JSON.stringify([otlp(span({ spanId: "00000000000000c1" }))]),
    ]);
    assert.equal(traces.length, 1);
    assert.equal(traces[0]?.spans.length, 3);
  });
});

test("docs/reading-traces.md tells every code, in the words of the program", () => {
  const page = readFileSync(join(repoRoot, "docs", "reading-traces.md"), "utf8");
  for (const [code, { text }] of Object.entries(quirkTable)) {
    assert.ok(page.includes(`| \`${code}\` | ${text} |`), code);
  }
});
