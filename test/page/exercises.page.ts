import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { promisify } from "node:util";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { exerciseNames } from "@envoy-mesh-lab/exercise";
import { meshUp } from "@envoy-mesh-lab/mesh";
import type { Page } from "playwright-core";
import { until } from "../until.ts";
import { assertAccessible } from "./accessible.ts";
import { noBrowser, useBrowser } from "./browser.ts";
import { problemsOf } from "./dropped.ts";
import { usePage } from "./page-under-test.ts";

const run = promisify(execFile);

// A learner of its own, beside the user's. The server is in this process.
const workspace = "workspace/.test-page";
process.env.LAB_WORKSPACE = workspace;
const folder = join(repoRoot, workspace);
rmSync(folder, { recursive: true, force: true });

const exercises = exerciseNames().length;
const name = "02-does-not-inject";
const path = "gateway/src/client-tracing.ts";
const copy = join(folder, name, path);
const solution = readFileSync(join(repoRoot, "exercises", name, "solution", path), "utf8");

/** A grading makes calls and waits for traces, after a restart of the gateway, on a machine that may be busy. */
const patience = { timeout: 90_000 };

suite("the place Exercises", { skip: noBrowser }, () => {
  const browser = useBrowser();
  const served = usePage();
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    // The mesh runs with its own gateway again, for the files after this one.
    await meshUp({ files: [] });
  });

  const open = async (hash: string, options = {}): Promise<{ page: Page; problems: readonly string[] }> => {
    const page = await browser.newPage(options);
    const problems = problemsOf(page);
    await page.goto(served.link);
    await page.goto(`${served.origin}/${hash}`);
    await page.getByRole("heading", { level: 2, name: "Exercises" }).waitFor();
    return { page, problems };
  };
  const lab = async (...args: string[]) => {
    const { stdout } = await run(process.execPath, ["lab/main.ts", "exercise", ...args], { cwd: repoRoot });
    return stdout;
  };
  const contentOf = (page: Page) => page.getByRole("textbox", { name: `Text of ${path}` });

  test("an exercise goes from its start to its solution by clicks and saved files, and the terminal shows the same", async () => {
    const { page, problems } = await open("#/exercises");
    const { page: other } = await open(`#/exercises/${name}`);
    await page.getByText(`0 of ${exercises} passed.`).waitFor();
    await page.getByRole("link", { name: "The client does not inject" }).click();
    await page.getByRole("button", { name: "Start this exercise" }).click();
    await page.getByRole("button", { name: "Check now" }).waitFor();

    await page.getByRole("button", { name: "Tell the first hint" }).click();
    await page.getByRole("heading", { name: "Hint 1 of 3" }).waitFor();
    // Two pages at once see the same, and so does the terminal.
    await other.getByRole("heading", { name: "Hint 1 of 3" }).waitFor();
    assert.match(await lab(), /→ … +2 .*started, 0 checks, 1 hint$/m);
    await lab("hint");
    await page.getByRole("heading", { name: "Hint 2 of 3" }).waitFor();

    await page.getByLabel("Check on each save").check();
    await page.getByText("✘ Not yet").waitFor(patience);
    await page
      .getByText(/: \d+ of \d+ as expected/)
      .first()
      .waitFor();
    await page
      .getByText(/Fault: .*context\.lost at gateway CLIENT/)
      .first()
      .waitFor();
    // The trace that it was graded by stands beside it, with the wrong edge lit, and can be opened whole.
    const fault = page.getByRole("listitem").filter({ hasText: "context.lost at gateway CLIENT" }).first();
    await fault.getByRole("button", { name: "trace" }).click();
    const graded = page.getByRole("region", { name: "The trace that it was graded by" });
    await graded.locator(".span-line.lit").getByText("gateway CLIENT").first().waitFor();
    const whole = (await graded.getByRole("link").getAttribute("href")) ?? "";
    assert.match(whole, /^#\/traces\/[0-9a-f]{32}\?spans=[0-9a-f]{16}/);

    await page.getByRole("button", { name: `Edit ${path} here` }).click();
    await contentOf(page).click();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.insertText(solution);
    await page.getByText("Not saved yet.").waitFor();
    await page.keyboard.press("ControlOrMeta+s");
    await page.getByText("✔ Saved.").waitFor();
    assert.equal(readFileSync(copy, "utf8"), solution);
    await page.getByText("✔ Passed").waitFor(patience);
    await other.getByText("✔ Passed").waitFor();
    assert.match(await lab(), /✔ +2 .*passed, 2 checks, 2 hints$/m);

    await page.getByRole("button", { name: "Show the solution" }).click();
    await page.getByText("Your files are the solution's, to the letter.").waitFor();

    await page.getByRole("button", { name: "Compare the traces of your start" }).click();
    await page.getByText(/^A: 02-does-not-inject, before, \d+ traces; B: .*, passed, \d+ traces$/).waitFor();
    await page.getByText(/gateway-proxy outbound SERVER: below nothing in A only/).waitFor();
    // CodeMirror sets the width of tabs by a style attribute; that it is refused is all that may be told.
    const others = problems.filter((it) => !it.startsWith("Applying inline style violates"));
    assert.deepEqual(others, []);
  });

  test("a file that an editor changed meanwhile is not overwritten unasked", async () => {
    const { page } = await open(`#/exercises/${name}`);
    await page.getByRole("button", { name: `Edit ${path} here` }).click();
    await contentOf(page).waitFor();
    writeFileSync(copy, "// the editor's\n");
    await page.getByText("Changed by another editor just now.").waitFor();
    assert.match((await contentOf(page).textContent()) ?? "", /the editor's/);
    await contentOf(page).click();
    await page.keyboard.insertText("// the page's ");
    writeFileSync(copy, "// the editor's again\n");
    await page.getByText("was changed meanwhile").waitFor();
    await page.keyboard.press("ControlOrMeta+s");
    await until(
      () => page.getByRole("alert").count(),
      (it) => it === 1,
    );
    assert.equal(readFileSync(copy, "utf8"), "// the editor's again\n");
    await page.getByRole("button", { name: "Save what is written here over it" }).click();
    await page.getByText("✔ Saved.").waitFor();
    assert.match(readFileSync(copy, "utf8"), /the page's/);
  });

  test("what a compiler refuses is reported in its words", async () => {
    const { page } = await open(`#/exercises/${name}`);
    writeFileSync(copy, "export const clientTracing = ;\n");
    await page.getByRole("button", { name: "Check now" }).click();
    await page.getByText("Your files were not graded").waitFor(patience);
    await page
      .getByText(/client-tracing\.ts/)
      .last()
      .waitFor();
  });

  test("the learner's files are put aside when they start over, with the keyboard alone", async () => {
    const { page } = await open(`#/exercises/${name}`);
    writeFileSync(copy, "// what is put aside\n");
    await page.getByRole("button", { name: "Start over…" }).press("Enter");
    await page.getByRole("button", { name: "Keep them" }).press("Enter");
    assert.equal(readFileSync(copy, "utf8"), "// what is put aside\n");
    await page.getByRole("button", { name: "Start over…" }).press("Enter");
    await page.getByRole("button", { name: "Put them aside" }).press("Enter");
    await page.getByText("Your files are now in").waitFor();
    assert.notEqual(readFileSync(copy, "utf8"), "// what is put aside\n");
    const kept = globSync(join(folder, "backups", "*", path));
    assert.equal(readFileSync(kept[0] as string, "utf8"), "// what is put aside\n");
  });

  test("only an exercise's own files are saved, whoever asks", async () => {
    const { page } = await open("#/exercises");
    for (const wrong of ["../../../package.json", "/etc/passwd", "gateway/src/../../x.ts", "other.ts"]) {
      const answer = await page.evaluate(
        `fetch("/page.v1.ExercisesService/SaveFile", {
          method: "POST",
          headers: { "content-type": "application/json", "connect-protocol-version": "1" },
          body: JSON.stringify({ name: "${name}", path: ${JSON.stringify(wrong)}, text: "x" }),
        }).then(async (it) => [it.status, await it.text()])`,
      );
      const [status, text] = answer as [number, string];
      assert.deepEqual([status, /is none of the files/.test(text)], [400, true], wrong);
    }
  });

  test("an exercise that is not there says so", async () => {
    const { page } = await open("#/exercises/99-no-such");
    await page.getByText('there is no exercise "99-no-such"').waitFor();
  });

  test("the report is a file", async () => {
    const { page } = await open("#/exercises");
    await page.getByLabel("Whose it is").fill("<b>Ada</b>");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save as HTML" }).click(),
    ]);
    assert.equal(download.suggestedFilename(), "exercises.html");
    assert.match(readFileSync(await download.path(), "utf8"), /&lt;b&gt;Ada&lt;\/b&gt;&#39;s exercises/);
  });

  test("axe finds nothing serious, light and dark, wide and narrow; and nothing is wider than the page", async () => {
    await lab("start", "2", "--no-up");
    for (const colorScheme of ["light", "dark"] as const) {
      for (const width of [360, 3840]) {
        for (const hash of ["#/exercises", `#/exercises/${name}`]) {
          const { page } = await open(hash, { colorScheme, viewport: { width, height: 900 } });
          if (hash === "#/exercises") await page.getByText(`of ${exercises} passed`).waitFor();
          else {
            await page.getByRole("button", { name: `Edit ${path} here` }).click();
            await contentOf(page).waitFor();
          }
          await assertAccessible(page);
          assert.equal(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);
          await page.close();
        }
      }
    }
  });
});
