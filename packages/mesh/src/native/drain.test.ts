import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { drainEnvoy, isEmpty } from "./drain.ts";

suite("an Envoy is emptied before it is stopped", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "drain-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** An admin page whose statistics are these, one after the other, and then the last. */
  async function withAdmin<T>(
    stats: string[],
    run: (socket: string, asked: string[]) => Promise<T>,
  ): Promise<T> {
    const asked: string[] = [];
    const server = createServer(({ method, url = "" }, response) => {
      asked.push(`${method} ${url.replace(/\?.*/, "")}`);
      const isLast = stats.length === 1;
      response.end(url.startsWith("/stats") ? (isLast ? stats[0] : stats.shift()) : "OK\n");
    });
    const socket = join(folder, "admin");
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    try {
      return await run(socket, asked);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  }

  test("it takes nothing new, and is empty when no request and no export is under way", async () => {
    const busy = ["http.public.downstream_rq_active: 2\n", "cluster.spans.upstream_rq_active: 1\n", ""];
    await withAdmin([...busy], async (socket, asked) => {
      assert.equal(await drainEnvoy(socket, 10_000), true);
      assert.deepEqual(asked.slice(0, 2), ["POST /healthcheck/fail", "POST /drain_listeners"]);
      assert.ok(asked.length > 2 + busy.length, "it looks again, as spans wait for the next flush");
    });
  });

  test("what goes on for longer than there is time does not keep it", async () => {
    await withAdmin(["http.public.downstream_rq_active: 1\n"], async (socket) => {
      assert.equal(await drainEnvoy(socket, 300), false);
    });
  });

  test("nor does an admin page that does not answer", async () => {
    assert.equal(await drainEnvoy(join(folder, "nobody"), 10_000), false);
  });

  test("requests to its admin page and exports that it passes on to itself are not others' requests", () => {
    assert.equal(isEmpty("http.admin.downstream_rq_active: 1\nhttp.spans.downstream_rq_active: 3\n"), true);
    assert.equal(
      isEmpty("http.admin_read.downstream_rq_active: 1\nhttp.inbound.downstream_rq_active: 0\n"),
      true,
    );
    assert.equal(isEmpty("http.inbound.downstream_rq_active: 10\n"), false);
    assert.equal(isEmpty("cluster.spans.upstream_rq_active: 1\n"), false);
  });
});
