import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { serveControl } from "./control-server.ts";
import { meshFolder } from "./mesh-folder.ts";
import { identify } from "./processes.ts";
import { Supervisor } from "./supervisor.ts";

suite("the control server", () => {
  test("takes orders only from those who know the token, and refuses what it does not know", async (t) => {
    const root = await mkdtemp(join(tmpdir(), "lab-control-"));
    const folder = meshFolder("test", root);
    await mkdir(folder.root, { recursive: true });
    const self = identify(process.pid);
    assert.ok(self);
    const control = await serveControl(new Supervisor(folder, self), () => undefined);
    t.after(async () => {
      control.close();
      await rm(root, { recursive: true, force: true });
    });
    const send = async (path: string, options: RequestInit = {}, token = control.token) => {
      const headers = { authorization: `Bearer ${token}` };
      const response = await fetch(`http://127.0.0.1:${control.port}${path}`, { ...options, headers });
      await response.arrayBuffer();
      return response.status;
    };
    assert.equal(await send("/status"), 200);
    assert.equal(await send("/status", {}, "wrong"), 401);
    assert.equal(await send("/status", {}, "x".repeat(control.token.length)), 401);
    assert.equal(await send("/nothing"), 404);
    assert.equal(await send("/parts/web/stop", { method: "POST" }), 404);
    assert.equal(await send("/parts/web/kill", { method: "POST", body: '{"signal":"SIGNAL"}' }), 400);
    assert.equal(await send("/converge", { method: "POST", body: "{" }), 400);
    assert.equal(await send("/converge", { method: "POST", body: '{"parts":[{}]}' }), 400);
  });
});
