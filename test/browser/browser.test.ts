import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, suite, test } from "node:test";
import { gzipSync } from "node:zlib";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { chromium } from "playwright-core";
import { analyse } from "./analyse.ts";

/** Where Debian, Ubuntu and others put it; CHROMIUM names another. */
const places = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];
const executablePath = places.find((it) => it !== undefined && existsSync(it));

/** Nothing that the browser does by itself, such as asking for updates. */
const args = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The recorded traces and the samples that a browser can read; what is packed with Zstandard it cannot. */
const files = globSync(["packages/trace/recorded/**/*.json", "samples/**/*.{json,jsonl,binpb}"], {
  cwd: repoRoot,
}).sort();

/** Whether a case of the corpus is there to be refused, as its truth.yaml says. */
function isRefused(file: string): boolean {
  const truth = join(repoRoot, dirname(file), "truth.yaml");
  return existsSync(truth) && /^refused:/m.test(readFileSync(truth, "utf8"));
}

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "analyse.ts")],
    bundle: true,
    write: false,
    format: "iife",
    globalName: "lab",
    platform: "browser",
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}

const skip = executablePath === undefined && "there is no Chromium here; CHROMIUM may name one";

suite("check and compare in a browser", { skip }, () => {
  let browser: Browser;
  let page: Page;
  before(async () => {
    browser = await chromium.launch({ executablePath: executablePath as string, args });
    page = await browser.newPage();
    await page.addScriptTag({ content: await bundle() });
  });
  after(() => browser?.close());

  async function inBrowser(name: string, bytes: Uint8Array): Promise<string> {
    return page.evaluate(
      ([name, base64]) => {
        const { lab } = globalThis as unknown as { lab: { analyse: typeof analyse } };
        const bytes = Uint8Array.from(atob(base64), (it) => it.charCodeAt(0));
        return lab.analyse(name, new Blob([bytes]).stream());
      },
      [name, Buffer.from(bytes).toString("base64")] as const,
    );
  }
  const inNode = (name: string, bytes: Uint8Array) =>
    analyse(name, new Blob([new Uint8Array(bytes)]).stream() as ReadableStream<Uint8Array>);

  test("a browser has no Buffer and no process", async () => {
    assert.deepEqual(await page.evaluate(() => [typeof globalThis.Buffer, typeof globalThis.process]), [
      "undefined",
      "undefined",
    ]);
  });

  for (const file of files.filter((it) => !isRefused(it))) {
    test(`${file}, as it is and gzipped`, async () => {
      const bytes = readFileSync(join(repoRoot, file));
      const expected = await inNode(file, bytes);
      assert.ok(expected.includes('"traces":[{'), "there is something to analyse");
      assert.equal(await inBrowser(file, bytes), expected);
      assert.equal(await inBrowser(file, gzipSync(bytes)), expected);
    });
  }

  test("what is broken or no trace is refused in the same words", async () => {
    const refused = files.filter(isRefused);
    assert.ok(refused.length > 0);
    const samples = refused.map((it) => readFileSync(join(repoRoot, it)));
    for (const bytes of [Buffer.from("no trace"), Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), ...samples]) {
      const words = await inNode("a file", bytes).catch((error: Error) => error.message);
      assert.match(words, /cannot read a file/);
      await assert.rejects(inBrowser("a file", bytes), (error: Error) => error.message.includes(words));
    }
  });
});
