import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { Code } from "@connectrpc/connect";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { call, createTransport } from "@envoy-mesh-lab/load";
import { toOtlpJson } from "@envoy-mesh-lab/trace";
import { recordedFolder } from "@envoy-mesh-lab/trace/testing";
import type { Page } from "playwright-core";
import { aRequest, edgeUrl, mesh, traceOf } from "../e2e/mesh.ts";
import { assertAccessible } from "./accessible.ts";
import { noBrowser, useBrowser } from "./browser.ts";
import type { DroppedFile } from "./dropped.ts";
import { drop, problemsOf } from "./dropped.ts";
import { hostileTexts, hostileTrace } from "./hostile-spans.ts";
import { usePage } from "./page-under-test.ts";

const fileOf = (path: string): DroppedFile => ({
  name: path.split("/").at(-1) ?? path,
  bytes: readFileSync(join(repoRoot, path)),
});

const transport = createTransport("connect", edgeUrl);

/** A file of each format. */
const formats = [
  "samples/five-calls/collector-file.jsonl",
  "samples/five-calls/collector-file.binpb",
  "samples/five-calls/envoy-zipkin.json",
  "samples/five-calls/tempo-v1.json",
  "samples/five-calls/tempo-v1.binpb",
  "samples/five-calls/tempo-v2.json",
  "samples/five-calls/tempo-v2.binpb",
  "samples/corpus/input-jaeger/trace.json",
];

suite("the places Traces and Compare", { skip: noBrowser }, () => {
  const browser = useBrowser();
  const served = usePage();

  async function open(hash: string): Promise<{ page: Page; problems: readonly string[] }> {
    const page = await browser.newPage();
    const problems = problemsOf(page);
    await page.goto(served.link);
    await page.goto(`${served.origin}/${hash}`);
    return { page, problems };
  }
  const rows = (page: Page) => page.getByRole("treegrid").getByRole("row");
  const listed = (page: Page, traceId: string) => page.locator(`[id="trace-${traceId}"]`);

  test("a call is in the list as it ends, and its trace says what check says", async (t) => {
    const { page, problems } = await open("#/traces");
    await page.getByText("more as they come").or(page.getByText("There is no trace")).first().waitFor();
    const { traceId = "" } = await call(transport, aRequest());
    const endedAt = performance.now();
    const line = listed(page, traceId);
    await line.waitFor();
    t.diagnostic(`in the list ${Math.round(performance.now() - endedAt)} ms after the call had ended`);
    await line.getByText("11", { exact: true }).waitFor();
    await line.getByRole("link").click();
    await rows(page).nth(11).waitFor();
    assert.equal(await rows(page).count(), 12, "the head and 11 spans");
    await page.getByText("Nothing is wrong that the rules know of").waitFor();
    await page.getByText(/14 of 14 as expected/).waitFor();
    await rows(page).nth(1).click();
    await page.getByText('instrumentation scope "envoy"').waitFor();
    await page.getByText("also http.method").first().waitFor();
    await page.getByText("Log lines of the apps").click();
    for (const part of ["edge", "gateway-proxy", "backend-proxy"]) {
      await page.locator(".log-lines li", { hasText: traceId }).filter({ hasText: part }).first().waitFor();
    }
    assert.deepEqual(problems, []);
  });

  test("the list is chosen by what one asks for, which its address keeps", async () => {
    const backend = { workMs: 0, failAfter: 0, fail: Code.Unavailable };
    const { traceId = "" } = await call(transport, aRequest({ backend }));
    await traceOf({ traceId });
    const { page, problems } = await open("#/traces");
    await page.getByLabel("with an error").check();
    await page.getByLabel("RPC").fill("OrderDrink");
    await page.getByRole("button", { name: "Choose" }).click();
    await listed(page, traceId).waitFor();
    assert.match(page.url(), /rpc=OrderDrink&error=1/);
    await page.getByText("✖ unavailable").first().waitFor();
    await page.getByLabel("TraceQL").fill("{ this is none");
    await page.getByRole("button", { name: "Choose" }).click();
    await page
      .getByRole("alert")
      .getByText(/Tempo answered 400/)
      .waitFor();
    assert.deepEqual(
      problems.filter((it) => !/400/.test(it)),
      [],
    );
  });

  for (const path of formats) {
    test(`${path} is read where it is dropped, and nothing of it is sent`, async () => {
      const { page, problems } = await open("#/mesh");
      const sent: string[] = [];
      await drop(page, [fileOf(path)]);
      await page.getByText("Nothing of it was sent anywhere").waitFor();
      page.on("request", (it) => it.postData() && sent.push(`${it.url()} ${it.postData()}`));
      await page.getByRole("grid").getByRole("link").first().click();
      await rows(page).nth(1).waitFor();
      const traceId = new URL(page.url()).hash.slice("#/traces/".length, "#/traces/".length + 32);
      assert.match(traceId, /^[0-9a-f]{32}$/);
      assert.ok(!sent.some((it) => it.includes(traceId)), sent.join());
      assert.deepEqual(problems, []);
    });
  }

  test("a finding lights up its spans, and keys alone go through them", async () => {
    const { page, problems } = await open("#/traces");
    await drop(page, [
      { name: "early.json", bytes: readFileSync(join(recordedFolder, "injected-early.json")) },
    ]);
    const grid = page.getByRole("grid");
    await grid.waitFor();
    await grid.focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("Enter");
    const tree = page.getByRole("treegrid");
    await tree.waitFor();
    const finding = page.getByRole("button", { name: /hop\.sibling|context/ }).first();
    await finding.focus();
    await page.keyboard.press("Space");
    assert.equal(await finding.getAttribute("aria-pressed"), "true");
    assert.ok((await page.locator(".span-line.lit").count()) > 0);
    await tree.focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowDown");
    assert.equal(await rows(page).nth(2).getAttribute("aria-selected"), "true");
    const before = await rows(page).count();
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowLeft");
    await page.waitForFunction(`document.querySelectorAll(".span-line").length < ${before}`);
    await page.keyboard.press("ArrowRight");
    await page.waitForFunction(`document.querySelectorAll(".span-line").length === ${before}`);
    assert.deepEqual(problems, []);
  });

  test("what is no trace file is refused in words", async () => {
    const { page } = await open("#/traces");
    await drop(page, [{ name: "letter.txt", bytes: Buffer.from("no trace") }]);
    await page.getByRole("alert").getByText("letter.txt cannot be read").waitFor();
  });

  test("two files are compared hop by hop, and the delay stands at its hop", async () => {
    const { page, problems } = await open("#/compare");
    await drop(page, [fileOf("samples/delays/plain.jsonl")]);
    await page.getByText("Nothing of it was sent anywhere").waitFor();
    await drop(page, [fileOf("samples/delays/work-50ms.jsonl")]);
    await page.getByText("Nothing of it was sent anywhere").waitFor();
    await page.getByRole("navigation").getByRole("link", { name: "Compare" }).click();
    await page.getByLabel("A, before").selectOption("1");
    await page.getByLabel("B, after").selectOption("2");
    const row = page.getByRole("row", { name: /app backend/ }).first();
    await row.waitFor();
    assert.match((await row.textContent()) ?? "", /\+\d\d\.\d ms/);
    await page.getByText("✔ The same on both sides.").waitFor();
    assert.deepEqual(problems, []);
  });

  test("traces of the mesh are fetched as a set", async () => {
    await traceOf(await call(transport, aRequest()));
    const { page, problems } = await open("#/compare");
    const form = page.getByRole("form", { name: "Fetch traces of the mesh" });
    await form.getByLabel("At most").fill("20");
    await form.getByRole("button").click();
    await page
      .getByRole("row", { name: /gateway-proxy outbound/ })
      .first()
      .waitFor();
    assert.deepEqual(problems, []);
  });

  test("hostile names are shown as text, whether dropped or from Tempo, and no script of theirs runs", async () => {
    const nowNs = BigInt(Date.now()) * 1_000_000n;
    const traceId = randomBytes(16).toString("hex");
    // Tempo takes no attribute of a megabyte; a file may have one.
    const sent = hostileTrace(traceId, nowNs, hostileTexts.slice(0, -1));
    const collector = `http://127.0.0.1:${mesh.hostPort("otel-collector", 4318)}/v1/traces`;
    const headers = { "content-type": "application/json" };
    const answer = await fetch(collector, { method: "POST", headers, body: toOtlpJson([sent]) });
    assert.equal(answer.status, 200, await answer.text());
    const { page, problems } = await open("#/traces");
    await listed(page, traceId).waitFor();
    await listed(page, traceId).getByRole("link").click();
    await assertHarmless(page, 10);
    const dropped = hostileTrace(traceId, nowNs);
    await drop(page, [
      { name: "<img src=x onerror=alert(1)>.json", bytes: Buffer.from(toOtlpJson([dropped])) },
    ]);
    await page.getByRole("grid").getByRole("link").first().click();
    await assertHarmless(page, hostileTexts.length);
    await page.goto(`${served.origin}/#/compare?a=1`);
    await page
      .getByRole("row", { name: /onerror/ })
      .first()
      .waitFor();
    assert.deepEqual(problems, []);
  });

  async function assertHarmless(page: Page, spans: number): Promise<void> {
    await rows(page).nth(spans).waitFor();
    for (let i = 1; i <= spans; i++) {
      await rows(page).nth(i).click();
      await page.locator(".span-panel").waitFor();
    }
    const found = await page.evaluate(`({
      elements: document.querySelectorAll(
        "#page :is(script, iframe, img, object, [onerror], [onload], [onmouseover])",
      ).length,
      addresses: [...document.querySelectorAll("a")].map((it) => it.protocol).filter((it) => it !== "http:"),
      turning: /[\u202a-\u202e\u2066-\u2069]/.test(document.body.textContent),
    })`);
    assert.deepEqual(found, { elements: 0, addresses: [], turning: false });
  }

  for (const colorScheme of ["light", "dark"] as const) {
    test(`axe finds nothing serious in the list, a trace and a comparison, ${colorScheme} and narrow`, async () => {
      const page = await browser.newPage({ colorScheme, viewport: { width: 360, height: 800 } });
      await page.goto(served.link);
      await page.goto(`${served.origin}/#/traces`);
      await drop(page, [fileOf("samples/five-calls/collector-file.jsonl")]);
      await page.getByText("Nothing of it was sent anywhere").waitFor();
      await assertAccessible(page);
      await page.getByRole("grid").getByRole("link").first().click();
      await rows(page).nth(3).click();
      await page.locator(".span-panel").waitFor();
      await assertAccessible(page);
      assert.equal(
        await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"),
        true,
        "nothing sticks out of a narrow page",
      );
      await page.goto(`${served.origin}/#/compare?a=1`);
      await page
        .getByRole("row", { name: /gateway-proxy outbound/ })
        .first()
        .waitFor();
      await assertAccessible(page);
    });
  }
});
