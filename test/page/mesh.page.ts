import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { suite, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { checkTrace } from "@envoy-mesh-lab/check";
import { readExpected } from "@envoy-mesh-lab/check/node";
import { toOtlpJson } from "@envoy-mesh-lab/trace";
import { waitForTrace } from "@envoy-mesh-lab/trace/node";
import type { Page } from "playwright-core";
import { mesh, patience, until } from "../e2e/mesh.ts";
import { assertAccessible } from "./accessible.ts";
import { noBrowser, useBrowser } from "./browser.ts";
import { problemsOf } from "./dropped.ts";
import { hostileTexts, hostileTrace } from "./hostile-spans.ts";
import { usePage } from "./page-under-test.ts";

const expectedOfBrowser = readExpected(join(repoRoot, "expected-hops-browser.yaml"));

suite("the place Mesh", { skip: noBrowser }, () => {
  const browser = useBrowser();
  const served = usePage();

  const open = async (hash = "#/mesh", options = {}): Promise<Page> => {
    const page = await browser.newPage(options);
    await page.goto(served.link);
    await page.goto(`${served.origin}/${hash}`);
    await page.getByRole("heading", { level: 3, name: "Parts" }).waitFor();
    return page;
  };
  const becomes = async (ask: () => Promise<boolean>) => assert.ok(await until(ask, (it) => it));
  const rowOf = (page: Page, from: string, to: string) =>
    page
      .getByRole("region", { name: "Ways" })
      .getByRole("row")
      .filter({ hasText: new RegExp(`^${from}${to}`) });
  const stateOf = async (page: Page, part: string) =>
    (await page.locator(".map a.part").filter({ hasText: part }).first().getAttribute("aria-label")) ?? "";

  test("every part is on the map, well, with its sidecar beside its workload", async () => {
    const page = await open();
    for (const { name } of mesh.services) {
      await becomes(async () => (await page.getByLabel(new RegExp(`^${name}, .*healthy`)).count()) > 0);
    }
    await page.locator(".workload", { hasText: "gateway workload" }).waitFor();
    await page.locator(".workload", { hasText: "backend workload" }).waitFor();
  });

  test("a call that the form makes is on the map, and two pages at once see the same", async () => {
    const [page, other] = [await open(), await open()];
    await page.getByLabel("Backend works, ms").fill("20");
    assert.equal(await page.locator(".command").textContent(), "npm run lab -- call OrderDrink --work 20");
    await page.getByRole("button", { name: "Make the call" }).click();
    await page.getByText("1 of 1 calls ended, 0 failed.").waitFor();
    const id = (await page.getByRole("link", { name: /^trace [0-9a-f]{32}$/ }).getAttribute("href"))
      ?.split("/")
      .at(-1);
    assert.match(id ?? "", /^[0-9a-f]{32}$/);
    // The browser made it, and is the first of its 12 spans.
    const trace = await waitForTrace(mesh.urls.tempo, id ?? "", patience, (it) => it.spans.length === 12);
    assert.deepEqual(trace && checkTrace(trace, expectedOfBrowser), []);
    for (const it of [page, other]) {
      await rowOf(it, "backend-proxy", "backend")
        .filter({ hasText: /\d(\.\d+)?\/s/ })
        .waitFor();
      await it
        .locator(".map")
        .getByLabel(/^gateway-proxy to backend-proxy: .*\/s · .* ms/)
        .waitFor();
    }
  });

  test("calls that fail are counted on the edge, and calls beyond the bounds are refused in words", async () => {
    const page = await open();
    await page.getByLabel("Backend fails with").selectOption("unavailable");
    await page.getByLabel("Calls", { exact: true }).fill("3");
    await page.getByRole("button", { name: "Make these calls" }).click();
    await page.getByText("3 of 3 calls ended, 3 failed.").waitFor();
    await rowOf(page, "gateway", "gateway-proxy")
      .filter({ hasText: /✖ \d+ of \d+/ })
      .waitFor();
    await page.getByLabel("Calls", { exact: true }).fill("20000");
    await page.getByRole("button", { name: "Make these calls" }).click();
    await page.getByText("the number of calls is 20000, more than the 10000").waitFor();
  });

  test("a stopped part looks so within a second, a start brings it back, and a kill is seen too", async () => {
    const page = await open("#/mesh/tempo-proxy");
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await page.getByText("✔ tempo-proxy is stopped.").waitFor();
    const stoppedAt = Date.now();
    await becomes(async () => /, stopped$/.test(await stateOf(page, "tempo-proxy")));
    const seenAfter = Date.now() - stoppedAt;
    await page.locator("a.part.down", { hasText: "tempo-proxy" }).waitFor();
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await becomes(async () => /, healthy$/.test(await stateOf(page, "tempo-proxy")));
    const pidOf = () => page.locator(".panel dd").nth(3).textContent();
    const before = await pidOf();
    await page.getByRole("button", { name: "Kill", exact: true }).click();
    await becomes(
      async () => (await pidOf()) !== before && /, healthy$/.test(await stateOf(page, "tempo-proxy")),
    );
    console.log(`a stopped part was seen after ${seenAfter} ms`);
  });

  test("a part shows its log as it comes, and its configuration with the sentences that open its blocks", async () => {
    const page = await open("#/mesh/gateway-proxy");
    await page.getByText("Log, as it comes").click();
    await page.getByRole("button", { name: "Make the call" }).click();
    const link = page.getByRole("link", { name: /^trace [0-9a-f]{32}$/ });
    const id = (await link.textContent())?.slice("trace ".length) ?? "none";
    await page.getByRole("region", { name: "Log of gateway-proxy" }).getByText(id).first().waitFor();
    await page.getByText("Configuration, read only").click();
    await page
      .getByText("Lets a listener of this proxy be reached from inside of it only.")
      .first()
      .waitFor();
    await page.getByRole("region", { name: "compose.yaml" }).last().waitFor();
  });

  test("hostile names are text, of a bounded length, and no script runs", async () => {
    const page = await open();
    const problems = problemsOf(page);
    const traceId = randomBytes(16).toString("hex");
    // Tempo takes no attribute of a megabyte.
    const sent = hostileTrace(traceId, BigInt(Date.now()) * 1_000_000n, hostileTexts.slice(0, -1));
    const collector = `http://127.0.0.1:${mesh.hostPort("otel-collector", 4318)}/v1/traces`;
    const headers = { "content-type": "application/json" };
    const answer = await fetch(collector, { method: "POST", headers, body: toOtlpJson([sent]) });
    assert.equal(answer.status, 200, await answer.text());
    await page.locator("a.part", { hasText: "<img" }).first().waitFor();
    for (const part of await page.locator("a.part.other, a.part.app, a.part.proxy").all()) {
      await part.focus();
      await page.keyboard.press("Enter");
      await page.getByRole("region", { name: /^Part / }).waitFor();
    }
    const found = await page.evaluate(`({
      elements: document.querySelectorAll(
        "#page :is(script, iframe, img, object, [onerror], [onload], [onmouseover])",
      ).length,
      addresses: [...document.querySelectorAll("a")].map((it) => it.protocol ?? "http:").filter((it) => it !== "http:"),
      turning: /[\u202a-\u202e\u2066-\u2069]/.test(document.body.textContent),
    })`);
    assert.deepEqual(found, { elements: 0, addresses: [], turning: false });
    assert.deepEqual(problems, []);
  });

  test("axe finds nothing serious, light and dark, wide and narrow; and nothing is wider than the page", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      for (const width of [360, 3840]) {
        const page = await open("#/mesh/edge", { colorScheme, viewport: { width, height: 900 } });
        await page.getByText("Configuration, read only").click();
        await page.getByRole("region", { name: "compose.yaml" }).last().waitFor();
        await assertAccessible(page);
        assert.equal(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);
        await page.close();
      }
    }
  });

  test("the keyboard alone reaches the map, a part, its buttons and the form", async () => {
    const page = await open();
    await page.locator("a.part").first().focus();
    const reached = new Set<string>();
    for (let i = 0; i < 200; i++) {
      reached.add(
        await page.evaluate<string>(
          'document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent',
        ),
      );
      if (/^gateway, app/.test([...reached].at(-1) ?? "")) break;
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("Enter");
    await page.getByRole("region", { name: "Part gateway", exact: true }).waitFor();
    assert.match(page.url(), /#\/mesh\/gateway$/);
    await page.getByRole("button", { name: "Stop", exact: true }).focus();
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate("document.activeElement.textContent"), "Kill");
  });
});
