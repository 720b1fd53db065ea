import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { suite, test } from "node:test";
import { describeTakenPort } from "./check-ports.ts";
import { findPortHolder, listeningInodes, portError } from "./port-holder.ts";
import { freePort } from "./testing/fixture-mesh.ts";

suite("a port", () => {
  for (const host of ["127.0.0.1", "0.0.0.0"]) {
    test(`that a process holds on ${host} is found taken, with its process`, async (t) => {
      const port = await freePort();
      const server = createServer().listen(port, host);
      t.after(() => server.close());
      await once(server, "listening");
      assert.equal(await portError(port), "EADDRINUSE");
      assert.equal(findPortHolder(port)?.pid, process.pid);
      assert.match(findPortHolder(port)?.command ?? "", /node/);
    });
  }

  test("that is free has no holder", async () => {
    const port = await freePort();
    assert.equal(await portError(port), undefined);
    assert.equal(findPortHolder(port), undefined);
  });
});

suite("listeningInodes", () => {
  test("takes listening sockets of the port only", () => {
    const table = [
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
      "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 111 1 0 100 0 0 10 0",
      "   1: 0100007F:1F90 0100007F:C000 01 00000000:00000000 00:00000000 00000000  1000        0 222 1 0 20 4 30 10 -1",
      "   2: 0100007F:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 333 1 0 100 0 0 10 0",
    ].join("\n");
    assert.deepEqual(listeningInodes(table, 8080), ["111"]);
  });
});

suite("describeTakenPort", () => {
  const taken = { part: "edge", port: 80, holder: undefined };

  test("says why a port cannot be had", () => {
    const holder = { pid: 7, command: `nginx ${"x".repeat(200)}` };
    assert.match(
      describeTakenPort({ ...taken, error: "EADDRINUSE", holder }),
      /^port 80 of edge is taken by process 7 \(nginx x+…\)$/,
    );
    assert.match(describeTakenPort({ ...taken, error: "EADDRINUSE" }), /another user/);
    assert.match(describeTakenPort({ ...taken, error: "EACCES" }), /rights that you do not have/);
    assert.match(describeTakenPort({ ...taken, error: "EADDRNOTAVAIL" }), /cannot be opened: EADDRNOTAVAIL/);
  });
});
