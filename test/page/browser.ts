import { existsSync } from "node:fs";
import { after, before } from "node:test";
import type { Browser, Page } from "playwright-core";
import { chromium } from "playwright-core";

/** Where Debian, Ubuntu and others put it; CHROMIUM names another. */
const places = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];
const executablePath = places.find((it) => it !== undefined && existsSync(it));

/** Why tests in a browser are skipped; false where there is one. */
export const noBrowser = executablePath === undefined && "there is no Chromium here; CHROMIUM may name one";

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

/** Starts Chromium: no window of a person, and nothing kept of the ones before. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: executablePath as string, args });
}

/** A browser for the tests of a file. */
export function useBrowser(): { newPage(options?: Parameters<Browser["newContext"]>[0]): Promise<Page> } {
  let browser: Browser;
  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser?.close());
  return {
    // With a context of its own, as another person's browser would have.
    newPage: async (options) => (await browser.newContext(options)).newPage(),
  };
}
