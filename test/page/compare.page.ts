import assert from "node:assert/strict";
import { after, suite, test } from "node:test";
import { createCaller } from "@envoy-mesh-lab/load";
import { meshUp } from "@envoy-mesh-lab/mesh";
import { findTraces } from "@envoy-mesh-lab/trace/node";
import type { Page } from "playwright-core";
import { aRequest, edgeUrl, mesh } from "../e2e/mesh.ts";
import { until } from "../until.ts";
import { assertAccessible } from "./accessible.ts";
import { noBrowser, useBrowser } from "./browser.ts";
import { problemsOf } from "./dropped.ts";
import { usePage } from "./page-under-test.ts";

/** A run makes hundreds of calls one after the other, on a machine that may be busy. */
const busy = { timeout: 90_000 };

suite("the place Compare", { skip: noBrowser }, () => {
  const browser = useBrowser();
  const served = usePage();
  // The mesh is without the gateways of the modes again, for the files after this one.
  after(() => meshUp({ files: [] }));

  const open = async (): Promise<{ page: Page; problems: readonly string[] }> => {
    const page = await browser.newPage();
    const problems = problemsOf(page);
    await page.goto(served.link);
    await page.goto(`${served.origin}/#/compare`);
    await page.getByRole("heading", { level: 2, name: "Compare" }).waitFor();
    return { page, problems };
  };

  test("a run over the modes brings up what it needs, fills while it goes on, and gives two sets", async () => {
    const { page, problems } = await open();
    const form = page.getByRole("form", { name: "Run over the modes" });
    await form.getByLabel("Rounds").fill("60");
    await form.getByLabel("Calls per second").fill("100");
    await form.getByRole("button", { name: "Run over the modes" }).click();
    await page.getByText('has no gateway-direct, which the mode "baseline" goes through').waitFor();
    await page.getByRole("button", { name: "Bring the two gateways up, and run" }).click();
    await page.getByText("warming up, with calls that no figure knows of").waitFor(busy);
    // The other page's calls would be measured, too.
    const { page: other } = await open();
    await other.getByRole("button", { name: "Run over the modes" }).click();
    await other.getByText("a run over the modes goes on").waitFor();

    const figures = page.getByRole("table", { name: /^What a call takes/ });
    const rounds = async () => Number(/medians of (\d+)/.exec((await figures.textContent()) ?? "")?.[1]);
    await figures.waitFor();
    const first = await rounds();
    await page.getByText(/^✔ \d+ rounds of one call in each mode: 180 calls, 0 failed/).waitFor(busy);
    assert.ok(first < (await rounds()), `there were figures before the end: of ${first} rounds`);
    const proxied = page.getByRole("row", { name: /^○ proxy edge inbound – – \d/ });
    await proxied.waitFor();
    await assertAccessible(page);

    await page.getByRole("button", { name: "Compare their traces hop by hop" }).click();
    await page.getByText(/^A: past no proxy, .*, \d+ traces; B: past all proxies, .*, \d+ traces$/).waitFor();
    await page.getByText(/added: edge inbound SERVER, below nothing/).waitFor();
    // What it refused because the gateways were missing, and the other page's run, are answers, and no mistake of the page.
    assert.deepEqual(
      problems.filter((it) => !/status of (503|429)/.test(it)),
      [],
    );
  });

  test("a selection of traces is saved, and fetched again when the page is loaded anew", async () => {
    const caller = createCaller({ url: edgeUrl, mix: [{ request: aRequest(), protocol: "connect" }] });
    for (let i = 0; i < 3; i++) assert.equal((await caller.send(i)).code, "ok");
    caller.close();
    const hourAgo = Date.now() - 3_600_000;
    await until(
      () =>
        findTraces(mesh.urls.tempo, { query: "{}", startMs: hourAgo, endMs: Date.now() + 1_000, limit: 1 }),
      (it) => it.length > 0,
    );
    const { page } = await open();
    const name = "before <img src=x onerror=alert(1)>";
    const form = page.getByRole("form", { name: "Fetch traces of the mesh" });
    await form.getByLabel("Called").fill(name);
    await form.getByLabel("At most").fill("3");
    await page.setViewportSize({ width: 360, height: 800 });
    await form.getByRole("button").click();
    await page.getByText(/^A: before .*, \d+ traces?$/).waitFor();
    const width = await page.evaluate<number>("document.documentElement.scrollWidth");
    assert.ok(width <= 360, `the page is ${width} pixels wide`);
    await page.getByRole("button", { name: `Save ${name}` }).click();
    await page.reload();
    await page.getByRole("button", { name: `Fetch ${name}` }).click();
    await page.getByText(/^A: before .*, \d+ traces?$/).waitFor();
    await page.getByRole("button", { name: `Forget ${name}` }).click();
    await page.getByRole("button", { name: `Save ${name}` }).waitFor();
    assert.equal(await page.locator("#page img").count(), 0);
  });
});
