import assert from "node:assert/strict";
import { join } from "node:path";
import { suite, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { checkTrace } from "@envoy-mesh-lab/check";
import { readExpected } from "@envoy-mesh-lab/check/node";
import { waitForTrace } from "@envoy-mesh-lab/trace/node";
import { mesh, patience } from "../e2e/mesh.ts";
import { noBrowser, useBrowser } from "./browser.ts";
import { usePage } from "./page-under-test.ts";

const expected = readExpected(join(repoRoot, "expected-hops-browser.yaml"));

suite("a call from the browser", { skip: noBrowser }, () => {
  const browser = useBrowser();
  const served = usePage();

  for (const rpc of ["OrderDrink", "GetDrink", "WatchOrder"]) {
    test(`${rpc} is a trace of 12 spans that begins in the browser, made with the keyboard alone`, async () => {
      const page = await browser.newPage();
      await page.goto(served.link);
      await page.getByText(`mesh ${mesh.project}`, { exact: true }).waitFor();
      await page.keyboard.press("Control+k");
      await page.keyboard.type(`call ${rpc}`);
      await page.keyboard.press("Enter");
      await page.waitForURL(/#\/traces\/[0-9a-f]{32}$/);
      await page.getByText(`${rpc} answered after`).waitFor();
      const traceId = page.url().slice(-32);
      const trace = await waitForTrace(
        mesh.urls.tempo,
        traceId,
        patience,
        (it) => checkTrace(it, expected).length === 0,
      );
      assert.ok(trace, "the trace arrived");
      assert.deepEqual(checkTrace(trace, expected), []);
      assert.equal(trace.spans.length, 12);
    });
  }

  test("a page of another origin gets no answer of the edge", async () => {
    // Another port of this machine is another origin, though of the same site.
    const inOther = await browser.newPage();
    await inOther.route("http://127.0.0.1:1/", (route) =>
      route.fulfill({ body: "<p>another page", contentType: "text/html" }),
    );
    await inOther.goto("http://127.0.0.1:1/");
    const failure = await inOther.evaluate(
      (edge) =>
        fetch(`${edge}/cafe.v1.CafeService/OrderDrink`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: '{"name":"espresso"}',
        }).then(
          () => "an answer",
          (error: Error) => error.name,
        ),
      mesh.urls.edge,
    );
    assert.equal(failure, "TypeError");
  });
});
