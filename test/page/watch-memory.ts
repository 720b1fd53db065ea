// How much memory the page keeps while traces come, in Chromium, on a mesh that runs with its page:
//   npm run lab -- load --rate 17 --duration 10m &
//   node bootstrap/run.mjs test/page/watch-memory.ts "$(npm run -s lab -- ui --no-open)" 10
import { setTimeout as delay } from "node:timers/promises";
import { launchBrowser } from "./browser.ts";

const [said = "", minutes = "10"] = process.argv.slice(2);
const link = /http:\/\/127\.0\.0\.1:\S+/.exec(said)?.[0];
if (link === undefined || !(Number(minutes) > 0 && Number(minutes) <= 60)) {
  console.error("name the page's link, as `lab ui --no-open` prints it, and for how many minutes, up to 60");
  process.exit(2);
}

const places = ["mesh", "traces"] as const;
const browser = await launchBrowser();
try {
  const context = await browser.newContext();
  const origin = new URL(link).origin;
  const pages = [];
  for (const place of places) {
    const page = await context.newPage();
    await page.goto(link);
    await page.goto(`${origin}/#/${place}`);
    pages.push({ page, session: await context.newCDPSession(page) });
  }
  console.log(["minute", ...places.map((it) => `${it}: MB of heap, nodes`)].join(" | "));
  const began = performance.now();
  for (let minute = 0; minute <= Number(minutes); minute++) {
    await delay(Math.max(0, began + minute * 60_000 - performance.now()));
    const cells: string[] = [];
    for (const { session } of pages) {
      await session.send("HeapProfiler.collectGarbage");
      const { usedSize } = await session.send("Runtime.getHeapUsage");
      const { nodes } = await session.send("Memory.getDOMCounters");
      cells.push(`${(usedSize / 1e6).toFixed(1)}, ${nodes}`);
    }
    console.log([minute, ...cells].join(" | "));
  }
} finally {
  await browser.close();
}
