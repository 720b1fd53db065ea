import assert from "node:assert/strict";
import { join } from "node:path";
import { suite, test } from "node:test";
import { gzipSync } from "node:zlib";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { mesh } from "../e2e/mesh.ts";
import { assertAccessible } from "./accessible.ts";
import { noBrowser, useBrowser } from "./browser.ts";
import { usePage } from "./page-under-test.ts";

const placeNames = ["mesh", "traces", "compare", "exercises"];

/** What each place looks like, for CI to keep; not in git. */
const screenshots = join(repoRoot, "test", "page", "screenshots");

suite("the page's frame", { skip: noBrowser }, () => {
  const browser = useBrowser();
  const served = usePage();

  test("the link opens it, its address keeps no token, and its four places are reached", async () => {
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on("console", (it) => it.type() === "error" && problems.push(it.text()));
    page.on("pageerror", (it) => problems.push(it.message));
    await page.goto(served.link);
    assert.equal(page.url(), `${served.origin}/`);
    for (const title of ["Traces", "Compare", "Exercises", "Mesh"]) {
      await page.getByRole("navigation").getByRole("link", { name: title, exact: true }).click();
      await page.getByRole("heading", { level: 2, name: title }).waitFor();
      assert.equal(await page.title(), `${title} · Envoy Mesh Lab`);
    }
    await page.getByText(`mesh ${mesh.project}`, { exact: true }).waitFor();
    assert.deepEqual(problems, []);
  });

  test("two pages are open at once, and both find a server that was restarted", async () => {
    const [one, other] = [await browser.newPage(), await browser.newPage()];
    for (const page of [one, other]) {
      await page.goto(served.link);
      await page.getByText(`mesh ${mesh.project}`, { exact: true }).waitFor();
    }
    await served.stop();
    for (const page of [one, other]) await page.getByText("the page's server is away").waitFor();
    await served.start();
    for (const page of [one, other]) await page.getByText(`mesh ${mesh.project}`, { exact: true }).waitFor();
  });

  for (const name of placeNames) {
    test(`${name} has nothing that axe finds serious, in light and dark, and fits 360 pixels`, async () => {
      for (const colorScheme of ["light", "dark"] as const) {
        const page = await browser.newPage({ colorScheme, viewport: { width: 360, height: 740 } });
        await page.goto(served.link);
        await page.goto(`${served.origin}/#/${name}`);
        await page.getByRole("heading", { level: 2 }).first().waitFor();
        await assertAccessible(page);
        const width = await page.evaluate<number>("document.documentElement.scrollWidth");
        assert.ok(width <= 360, `the page is ${width} pixels wide`);
        await page.setViewportSize({ width: 1280, height: 800 });
        await page.screenshot({ path: join(screenshots, `${name}-${colorScheme}.png`) });
      }
    });
  }

  test("the first view's scripts are at most 120 kB, gzipped", async () => {
    const page = await browser.newPage();
    const sizes: number[] = [];
    page.on("response", async (response) => {
      if (response.request().resourceType() === "script") sizes.push(gzipSync(await response.body()).length);
    });
    await page.goto(served.link);
    await page.getByRole("heading", { level: 2 }).first().waitFor();
    await page.waitForLoadState("load");
    const sum = sizes.reduce((one, other) => one + other, 0);
    assert.ok(sizes.length > 1 && sum <= 120 * 1024, `${sizes.length} scripts have ${sum} bytes`);
  });
});
