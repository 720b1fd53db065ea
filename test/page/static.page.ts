import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { pathToFileURL } from "node:url";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { toOtlpJson } from "@envoy-mesh-lab/trace";
import { recordedFolder } from "@envoy-mesh-lab/trace/testing";
import { lab } from "../e2e/lab-command.ts";
import { assertAccessible } from "./accessible.ts";
import { noBrowser, useBrowser } from "./browser.ts";
import { drop, problemsOf } from "./dropped.ts";
import { hostileTexts, hostileTrace } from "./hostile-spans.ts";

suite("the page as one file", { skip: noBrowser }, () => {
  const browser = useBrowser();
  const folder = mkdtempSync(join(tmpdir(), "lab-page-"));
  const file = join(folder, "page.html");
  before(async () => {
    const { code, stderr } = await lab("ui", "--export", file);
    assert.equal(code, 0, stderr);
  });
  after(() => rmSync(folder, { recursive: true }));

  async function open(options?: Parameters<typeof browser.newPage>[0]) {
    const page = await browser.newPage(options);
    const problems = problemsOf(page);
    const asked: string[] = [];
    page.on("request", (it) => asked.push(it.url()));
    await page.goto(`${pathToFileURL(file)}`);
    return { page, problems, asked };
  }

  test("reads, checks and compares a file on file://, and asks nobody for anything", async () => {
    const { page, problems, asked } = await open();
    await page.getByText("Drop a file with traces anywhere on this page").waitFor();
    await assertAccessible(page);
    for (const name of ["plain", "work-50ms"]) {
      const bytes = readFileSync(join(repoRoot, "samples", "delays", `${name}.jsonl`));
      await drop(page, [{ name: `${name}.jsonl`, bytes }]);
      await page.getByRole("link", { name: `${name}.jsonl` }).waitFor();
      await page.getByText("Nothing of it was sent anywhere").waitFor();
    }
    await page.getByRole("grid").getByRole("link").first().click();
    await page.getByRole("treegrid").getByRole("row").nth(11).waitFor();
    await page.getByRole("navigation").getByRole("link", { name: "Compare" }).click();
    await page.getByLabel("A, before").selectOption("1");
    await page.getByLabel("B, after").selectOption("2");
    const row = page.getByRole("row", { name: /app backend/ }).first();
    await row.waitFor();
    assert.match((await row.textContent()) ?? "", /\+\d\d\.\d ms/);
    assert.deepEqual(
      asked.filter((it) => !it.startsWith("file:") && !it.startsWith("blob:")),
      [],
    );
    assert.deepEqual(problems, []);
  });

  test("bars are seen where the system chooses the colours, and lit spans are outlined", async () => {
    const { page } = await open({ forcedColors: "active" });
    const bytes = readFileSync(join(recordedFolder, "injected-early.json"));
    await drop(page, [{ name: "injected-early.json", bytes }]);
    await page.getByRole("grid").getByRole("link").first().click();
    await page.getByRole("treegrid").getByRole("row").nth(3).waitFor();
    const styleOf = (selector: string, name: string) =>
      page.evaluate(`getComputedStyle(document.querySelector(${JSON.stringify(selector)})).${name}`);
    const colors = await Promise.all(
      [".app.span-bar", ".proxy.span-bar", "body"].map((it) => styleOf(it, "backgroundColor")),
    );
    assert.equal(new Set(colors).size, 3, colors.join(" "));
    await page
      .getByRole("button", { name: /hop\.sibling|context/ })
      .first()
      .click();
    await page.locator(".span-line.lit").first().waitFor();
    assert.equal(await styleOf(".span-line.lit", "outlineStyle"), "dashed");
  });

  test("where it cannot be written, it is said what is wrong", async () => {
    const { code, stderr } = await lab("ui", "--export", join(folder, "none", "page.html"));
    assert.equal(code, 2);
    assert.match(stderr, /--export: cannot write .*none/);
  });

  test("its policy lets neither a script of a name run, nor anything be sent", async () => {
    const { page, problems } = await open();
    const trace = hostileTrace("1".repeat(32), 1_795_799_403_096_908_123n);
    await drop(page, [{ name: "hostile.json", bytes: Buffer.from(toOtlpJson([trace])) }]);
    await page.getByRole("grid").getByRole("link").first().click();
    await page.getByRole("treegrid").getByRole("row").nth(hostileTexts.length).waitFor();
    assert.equal(
      await page.evaluate("document.querySelectorAll('#page :is(script, iframe, img)').length"),
      0,
    );
    assert.deepEqual(problems, []);
    const refused = await page.evaluate("fetch('http://127.0.0.1:9/').then(() => 'sent', (it) => it.name)");
    assert.equal(refused, "TypeError");
    assert.match(problems.join("\n"), /Content Security Policy/);
  });
});
