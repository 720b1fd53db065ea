import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { mesh } from "../e2e/mesh.ts";
import { noBrowser, useBrowser } from "./browser.ts";
import { usePage } from "./page-under-test.ts";

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
    await page.getByText(`mesh ${mesh.project}`).waitFor();
    assert.deepEqual(problems, []);
  });
});
