// How quickly the page shows large traces and files, in Chromium: node bootstrap/run.mjs test/page/bench.ts
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { exportPage } from "@envoy-mesh-lab/page/export";
import type { Span } from "@envoy-mesh-lab/trace";
import { toOtlpJson } from "@envoy-mesh-lab/trace";
import { launchBrowser } from "./browser.ts";

const spans = 10_000;
const bytes = 200_000_000;

/** Scrolls through the waterfall for two seconds, and gives how long each frame took, in milliseconds. */
const scrolling = `new Promise((resolve) => {
  const box = document.querySelector(".waterfall");
  const frames = [];
  let last = performance.now();
  const step = () => {
    const now = performance.now();
    frames.push(now - last);
    last = now;
    box.scrollTop += 600;
    if (frames.length < 120) requestAnimationFrame(step);
    else resolve(frames.slice(1).sort((a, b) => a - b));
  };
  requestAnimationFrame(step);
})`;

/** Opens the first trace of the list, and gives how long it took until its rows were painted, in milliseconds. */
const opening = `new Promise((resolve) => {
  const began = performance.now();
  document.querySelector(".trace-table a").click();
  const look = () =>
    document.querySelectorAll(".span-line").length > 5
      ? requestAnimationFrame(() => resolve(performance.now() - began))
      : requestAnimationFrame(look);
  look();
})`;

/** From now on, remembers the longest time for which nothing could be drawn, in milliseconds. */
const watching = `{
  globalThis.longestStall = 0;
  let last = performance.now();
  setInterval(() => {
    const now = performance.now();
    globalThis.longestStall = Math.max(globalThis.longestStall, now - last - 10);
    last = now;
  }, 10);
}`;

const folder = mkdtempSync(join(tmpdir(), "lab-page-bench-"));
const browser = await launchBrowser();
try {
  const html = join(folder, "page.html");
  writeFileSync(html, await exportPage());
  const large = join(folder, "large-trace.json");
  writeFileSync(large, toOtlpJson([{ traceId: "1".repeat(32), spans: largeTrace() }]));
  const many = join(folder, "many-traces.jsonl");
  writeManyTraces(many);

  const page = await browser.newPage();
  await page.goto(`${pathToFileURL(html)}`);
  await page.locator("input[type=file]").setInputFiles(large);
  await page.locator(".trace-table a").first().waitFor();
  const opened = (await page.evaluate(opening)) as number;
  const frames = (await page.evaluate(scrolling)) as number[];
  console.log(`${spans} spans: opened in ${opened.toFixed(0)} ms`);
  console.log(`scrolled: median frame ${frames[60]?.toFixed(1)} ms, longest ${frames.at(-1)?.toFixed(1)} ms`);

  await page.goto(`${pathToFileURL(html)}#/traces`);
  await page.evaluate(watching);
  const began = performance.now();
  await page.locator("input[type=file]").setInputFiles(many);
  await page.getByText("Nothing of it was sent anywhere").waitFor({ timeout: 300_000 });
  const read = (performance.now() - began) / 1000;
  const stall = (await page.evaluate("longestStall")) as number;
  console.log(
    `${bytes / 1e6} MB: read and checked in ${read.toFixed(1)} s, longest stall of the page ${stall.toFixed(0)} ms`,
  );
  console.log(await page.locator("[role=status]").last().textContent());
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}

/** A request that makes calls of calls, ten below each. */
function largeTrace(): Span[] {
  const beganNs = 1_795_799_403_000_000_000n;
  return Array.from({ length: spans }, (_, i): Span => {
    const depth = i === 0 ? 0 : Math.ceil(Math.log10(i * 9 + 1));
    const startNs = beganNs + BigInt(i) * 100_000n;
    return {
      traceId: "1".repeat(32),
      spanId: (i + 1).toString(16).padStart(16, "0"),
      ...(i === 0 ? {} : { parentSpanId: (Math.floor((i - 1) / 10) + 1).toString(16).padStart(16, "0") }),
      name: `cafe.v1.CafeService/Call${i % 50}`,
      kind: i % 2 === 0 ? "server" : "client",
      startNs,
      endNs: i === 0 ? beganNs + 2_000_000_000n : startNs + 1_000_000n * BigInt(8 - depth),
      status: { code: i % 500 === 499 ? "error" : "unset" },
      attributes: { "rpc.method": `Call${i % 50}`, "http.request.method": "POST", number: i },
      resource: { "service.name": `service-${i % 20}` },
      scope: { name: "bench" },
      events: [],
      links: [],
    };
  });
}

/** Recorded traces again and again, with ids of their own. */
function writeManyTraces(file: string): void {
  const text = readFileSync(join(repoRoot, "samples", "five-calls", "collector-file.jsonl"), "utf8");
  const ids = [...new Set([...text.matchAll(/"traceId":"([0-9a-f]{32})"/g)].map((it) => it[1] as string))];
  const handle = openSync(file, "w");
  for (let written = 0, round = 0; written < bytes; round++) {
    let copy = text;
    for (const [i, id] of ids.entries()) {
      copy = copy.replaceAll(id, `${round.toString(16).padStart(8, "0")}${i}${id.slice(9)}`);
    }
    written += writeSync(handle, copy);
  }
  closeSync(handle);
}
