import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { expectedHopsFile } from "@envoy-mesh-lab/bootstrap";
import type { Attributes, ReadOptions, Trace } from "@envoy-mesh-lab/trace";
import { originsOf, parseProxyRule } from "@envoy-mesh-lab/trace";
import { readFileNow } from "@envoy-mesh-lab/trace/node";
import { makeSpan, recordedFolder, samples } from "@envoy-mesh-lab/trace/testing";
import { checkTraces } from "./check-traces.ts";
import type { Expected } from "./expected.ts";
import { expectedSchema } from "./expected.ts";
import { toJson } from "./json.ts";
import { keysToKeep, ruleAttributes } from "./kept-keys.ts";
import { readExpected } from "./read-expected.ts";

const filesOf = (folder: string) =>
  readdirSync(folder, { withFileTypes: true })
    .filter((it) => it.isFile() && !it.name.endsWith(".md"))
    .map((it) => join(folder, it.name));
const files = [recordedFolder, join(samples, "delays"), join(samples, "five-calls")].flatMap(filesOf);

/** An expectation that looks at attributes, events and links in every place where it can. */
const looking: Expected = expectedSchema.parse({
  name: "it looks at attributes",
  hops: [
    {
      service: "gateway",
      kind: "server",
      attributes: { "rpc.system": "connect" },
      children: [{ service: "backend", kind: "server", attributes: { "network.protocol.name": "http" } }],
    },
  ],
  others: "allowed",
  spans: [
    {
      where: { attributes: { user_agent: { present: true } } },
      attributes: { "peer.address": { matches: "^127" } },
      events: [{ name: "rpc.message", attributes: { "rpc.message.id": 1 } }],
      links: [{ attributes: { why: "retry" } }],
    },
  ],
});

test("what is found is the same, however few attributes are kept while reading", async () => {
  const rules = [parseProxyRule("user_agent=~curl")];
  for (const file of files) {
    for (const expected of [undefined, readExpected(expectedHopsFile), looking]) {
      const check = async (keep: ReadOptions["keep"]) =>
        toJson(
          await checkTraces(readFileNow(file, { keep, notice: assert.fail }), {
            expected,
            findOrigins: (trace) => originsOf(trace, rules),
          }),
        );
      assert.deepEqual(await check(keysToKeep(expected, rules)), await check(undefined), file);
    }
  }
});

test("every key that an expectation names is kept", () => {
  const keys = keysToKeep(looking, [parseProxyRule("x.proxy=yes")]);
  for (const key of [
    "rpc.system",
    "network.protocol.name",
    "user_agent",
    "peer.address",
    "rpc.message.id",
    "why",
    "x.proxy",
  ]) {
    assert.ok(keys.has(key) && !ruleAttributes.has(key), key);
  }
});

test("the rules look at no attribute that is not kept", async () => {
  const asked = new Set<string>();
  const note = (key: string | symbol) => asked.add(String(key));
  const spied = (attributes: Attributes) =>
    new Proxy(attributes, {
      get(target, key) {
        note(key);
        return Reflect.get(target, key);
      },
      has(target, key) {
        note(key);
        return Reflect.has(target, key);
      },
    });
  const spiedTrace = (trace: Trace): Trace => ({
    ...trace,
    spans: trace.spans.map((it) => ({ ...it, attributes: spied(it.attributes) })),
  });
  // Spans that say nothing: then every attribute is asked for that might say something.
  const bare = (["server", "client"] as const).map((kind, i) =>
    makeSpan({ spanId: `${i + 1}`.repeat(16), service: "nginx", kind, status: { code: "error" } }),
  );
  const traces = files.flatMap((file) => readFileNow(file, { notice: assert.fail }));
  await checkTraces([...traces, { traceId: "1".repeat(32), spans: bare }].map(spiedTrace));
  asked.delete("toJSON");
  assert.deepEqual(
    [...asked].filter((it) => !ruleAttributes.has(it)),
    [],
  );
  assert.ok(asked.size > 30, `${asked.size} keys were asked for`);
});
