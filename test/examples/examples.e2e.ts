import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { packPackage } from "@envoy-mesh-lab/otelconnect/packaging";
import { chromium } from "playwright-core";
import { until } from "../until.ts";
import { ExampleProject, examplesFolder, freePort } from "./example-project.ts";
import type { Example } from "./examples.ts";
import { examples } from "./examples.ts";
import type { ReceivedSpan } from "./span-receiver.ts";
import { SpanReceiver } from "./span-receiver.ts";

const scope = "@envoy-mesh-lab/otelconnect";
const caller = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };
const browser = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser"].find(
  (it) => it !== undefined && existsSync(it),
);

let temporary: string;
let tarball: string;
before(async () => {
  temporary = await mkdtemp(join(tmpdir(), "otelconnect-pack-"));
  tarball = await packPackage(temporary);
});
after(() => rm(temporary, { recursive: true, force: true }));

test("every example is run", () => {
  assert.deepEqual(readdirSync(examplesFolder).toSorted(), Object.keys(examples).toSorted());
});

for (const [name, example] of Object.entries(examples)) {
  const skip = example.page !== undefined && browser === undefined ? "there is no Chromium" : false;
  test(`the example ${name}, in an empty folder with the packed package, is traced`, { skip }, async () => {
    const project = await ExampleProject.create(name, tarball);
    const receiver = await SpanReceiver.listen();
    try {
      await run(project, example, receiver);
    } finally {
      receiver.close();
      await project.remove();
    }
  });
}

async function run(project: ExampleProject, example: Example, receiver: SpanReceiver): Promise<void> {
  const port = await freePort();
  const env = {
    ...example.env,
    PORT: String(port),
    SERVICE_PORT: String(await freePort()),
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
  };
  if (example.build !== undefined) await project.run(example.build, env);
  await project.start(example.server, env, example.ready ?? /^listening$/m);
  if (example.page !== undefined) {
    await project.start(example.page, env, /127\.0\.0\.1/);
    await openPage(port);
  } else if (example.client !== undefined) {
    assert.match(await project.run(example.client, env), /^hello$/m);
  } else {
    await callByHand(`http://127.0.0.1:${port}${example.prefix ?? ""}`);
  }
  const hasClient = example.page !== undefined || example.client !== undefined;
  // What other instrumentations make may come later than ours.
  const chain = await until(
    () => chainOf(receiver.spans),
    (it) => it.at(0)?.kind === 2 && (!hasClient || it.at(-1)?.kind === 3),
  );
  const [server] = chain;
  assert.equal(server?.name, "echo.v1.EchoService/Unary");
  // Of a span without a parent, some send an empty id.
  assert.equal(chain.at(-1)?.parentSpanId ?? "", hasClient ? "" : caller.spanId);
  assert.equal(server.traceId, hasClient ? chain.at(-1)?.traceId : caller.traceId);
  const ours = receiver.spans.filter((it) => it.scope === scope);
  assert.deepEqual(ours.map(({ kind }) => kind).toSorted(), hasClient ? [2, 3] : [2]);
  assert.ok(!hasClient || chain.at(-1)?.scope === scope, "the first of the chain is our client's");
}

/** Our server's span, what it is below, and so on as far as the spans have come. */
function chainOf(spans: readonly ReceivedSpan[]): ReceivedSpan[] {
  const chain: ReceivedSpan[] = [];
  let next = spans.find((it) => it.scope === scope && it.kind === 2);
  while (next !== undefined && !chain.includes(next)) {
    chain.push(next);
    const { traceId, parentSpanId } = next;
    next = spans.find((it) => it.traceId === traceId && it.spanId === parentSpanId);
  }
  return chain;
}

/** Calls the service as curl would. */
async function callByHand(base: string): Promise<void> {
  const answer = await fetch(`${base}/echo.v1.EchoService/Unary`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      traceparent: `00-${caller.traceId}-${caller.spanId}-01`,
    },
    body: '"hello"',
  });
  assert.equal(await answer.text(), '"hello"');
}

async function openPage(port: number): Promise<void> {
  const opened = await chromium.launch({ executablePath: browser ?? "", args: ["--no-sandbox"] });
  try {
    const page = await opened.newPage();
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.waitForFunction('document.querySelector("output")?.textContent === "hello"');
  } finally {
    await opened.close();
  }
}
