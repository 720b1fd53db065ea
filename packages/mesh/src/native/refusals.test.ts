import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { suite, test } from "node:test";
import { judgeRefusals, readRefusals } from "./refusals.ts";

const at = { url: "http://collector/metrics", counter: "refused_spans" };

suite("what a part refuses", () => {
  test("makes it unwell while it grows, and no longer", () => {
    assert.deepEqual(judgeRefusals(0, 0, at), { ok: true, detail: "" });
    assert.deepEqual(judgeRefusals(5, 17, at), {
      ok: false,
      detail: "refuses work: refused_spans at http://collector/metrics rose by 12 to 17",
    });
    assert.equal(judgeRefusals(17, 17, at).ok, true);
  });

  test("makes it unwell when it does not say, but not when it counts from 0 again", () => {
    assert.deepEqual(judgeRefusals(17, undefined, at), {
      ok: false,
      detail: "does not say at http://collector/metrics whether it refuses work",
    });
    assert.equal(judgeRefusals(17, 3, at).ok, true);
  });

  test("is the sum over all series of the counter", async (t) => {
    const page = 'refused_spans{transport="grpc"} 3\nrefused_spans{transport="http"} 4\nrefused_spans_b 9\n';
    let status = 200;
    const server = createServer((_, response) => response.writeHead(status).end(page));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    t.after(() => server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
    assert.equal(await readRefusals({ url, counter: "refused_spans" }, 60_000), 7);
    status = 500;
    assert.equal(await readRefusals({ url, counter: "refused_spans" }, 60_000), undefined);
    server.close();
    server.closeAllConnections();
    assert.equal(await readRefusals({ url, counter: "refused_spans" }, 60_000), undefined);
  });
});
