import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { recordedFolder, samples } from "@envoy-mesh-lab/trace/testing";
import { readIds as read } from "../testing/read-ids.ts";
import { parseHeader } from "./header-option.ts";

const bidi = "9c6b665def7f65f42b292451f54b568b";
const unknown = "0".repeat(31).concat("1");
const saved = (path: string) => JSON.parse(readFileSync(path, "utf8"));

// What Jaeger answered once, and Zipkin by the document of its API v2, with what Envoy sends to it.
suite("traces of Jaeger and Zipkin", () => {
  const recorded = join(recordedFolder, "..", "jaeger");
  const jaeger = saved(join(recorded, "jaeger-api.json")).data as { traceID: string }[];
  const otlp = saved(join(recorded, "jaeger-v3.json")).result as { resourceSpans: unknown[] };
  const zipkin = saved(join(samples, "five-calls", "envoy-zipkin.json")).flat() as { traceId: string }[];
  const inZipkin = zipkin[0]?.traceId ?? "";
  const half = Math.floor(otlp.resourceSpans.length / 2);
  const asked: IncomingMessage[] = [];
  let base: string;
  const server = createServer((request, response) => {
    asked.push(request);
    const { pathname, searchParams } = new URL(request.url ?? "", "http://store");
    const reply = (body: unknown, status = 200) =>
      response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
    const part = (resourceSpans: unknown[]) => JSON.stringify({ result: { resourceSpans } });
    const answers: Record<string, () => unknown> = {
      [`/v3/api/v3/traces/${bidi}`]: () =>
        reply([part(otlp.resourceSpans.slice(0, half)), part(otlp.resourceSpans.slice(half))].join("\n")),
      [`/v1/api/traces/${bidi}`]: () => reply({ data: jaeger.filter((it) => it.traceID === bidi) }),
      "/v1/api/traces": () => reply({ data: searchParams.get("service") === "gateway" ? jaeger : null }),
      [`/api/v2/trace/${inZipkin}`]: () => reply(zipkin.filter((it) => it.traceId === inZipkin)),
      "/api/v2/traces": () => reply(searchParams.get("serviceName") === "gateway" ? [zipkin] : []),
      [`/page/api/v2/trace/${bidi}`]: () => reply("<html>"),
      [`/closed/api/v2/trace/${bidi}`]: () => reply("who are you?", 401),
      [`/moved/api/v2/trace/${bidi}`]: () => response.writeHead(302, { location: "/api/v2/traces" }).end(),
    };
    (answers[pathname] ?? (() => reply({ errors: [{ code: 404, msg: "trace not found" }] }, 404)))();
  });
  before(async () => {
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => server.close());

  test("by id: Jaeger's API v3 in pieces, that of its page, and Zipkin's", async () => {
    assert.deepEqual(await read("--jaeger", `${base}/v3/`, bidi), [bidi]);
    assert.deepEqual(await read("--jaeger", `${base}/v1`, bidi), [bidi]);
    assert.deepEqual(await read("--zipkin", base, inZipkin), [inZipkin]);
    await assert.rejects(read("--zipkin", base, unknown), { exitCode: 10, message: /is not in Zipkin/ });
    await assert.rejects(read("--jaeger", base, unknown), { exitCode: 10, message: /is not in Jaeger/ });
  });

  test("of a service, in a time", async () => {
    const window = ["--start", "1000", "--end", "2000", "--limit", "7", "--service", "gateway"];
    assert.equal((await read("--jaeger", `${base}/v1`, ...window)).length, 5);
    assert.match(asked.at(-1)?.url ?? "", /start=1000000000&end=2000000000&limit=7$/);
    assert.equal((await read("--zipkin", base, ...window)).length, 3);
    assert.match(asked.at(-1)?.url ?? "", /endTs=2000000&lookback=1000000&limit=7$/);
    for (const store of [
      ["--jaeger", `${base}/v1`],
      ["--zipkin", base],
    ]) {
      await assert.rejects(read(...store, "--service", "none"), {
        exitCode: 10,
        message: /no trace of none/,
      });
    }
  });

  test("a header goes with each question, and to nobody else", async () => {
    const header = ["--header", "X-Scope-OrgID: team", "--header", "Authorization: Bearer t0p"];
    await read("--zipkin", base, ...header, inZipkin);
    const { headers } = asked.at(-1) ?? {};
    assert.deepEqual([headers?.["x-scope-orgid"], headers?.authorization], ["team", "Bearer t0p"]);
    const before = asked.length;
    await assert.rejects(read("--zipkin", `${base}/moved`, ...header, bidi), { exitCode: 3 });
    assert.equal(asked.length, before + 1, "it does not follow where another might be");
    await assert.rejects(read("--tempo", base, ...header, unknown, "--limit", "1"), { exitCode: 2 });
  });

  test("what is no such store is reported, with what to do", async () => {
    await assert.rejects(read("--zipkin", `${base}/page`, bidi), { message: /as Zipkin does.*<html>/ });
    await assert.rejects(read("--zipkin", `${base}/closed`, bidi), {
      message: /answered 401/,
      hint: /--header/,
    });
    await assert.rejects(read("--jaeger", "http://127.0.0.1:1", bidi), {
      exitCode: 3,
      message: /cannot reach/,
    });
    await assert.rejects(read("--jaeger", "nothing", bidi), { exitCode: 2, message: /no.* URL/ });
  });

  test("options that do not go together", async () => {
    await assert.rejects(read("--jaeger", base, "--zipkin", base, bidi), { message: /do not go together/ });
    await assert.rejects(read("--jaeger", base, "--query", "{}"), { message: /--query is for Tempo/ });
    await assert.rejects(read("--jaeger", base, "--since", "1h"), { message: /--service NAME/ });
    await assert.rejects(read("--jaeger", base, "last"), { message: /give an id/ });
    await assert.rejects(read("--tempo", base, "--service", "a"), { message: /none is named/ });
  });
});

suite("--header", () => {
  test("a value of a variable, and errors that never show a value", () => {
    assert.deepEqual(parseHeader("Authorization: env:T", { T: "Bearer x" }), { Authorization: "Bearer x" });
    assert.deepEqual(parseHeader("a:b:c", {}), { a: "b:c" });
    for (const text of [
      "s3cret",
      ": s3cret",
      "a b: s3cret",
      "a: s3cret\r\nb: c",
      "a:",
      "a: env:NONE",
      "a: s3cret\u{1f600}",
    ]) {
      assert.throws(
        () => parseHeader(text, {}),
        (error: Error) => error.message.startsWith("--header: ") && !error.message.includes("s3cret"),
        text,
      );
    }
  });
});
