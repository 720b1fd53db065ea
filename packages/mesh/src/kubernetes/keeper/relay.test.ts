import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo, Server } from "node:net";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { relay } from "./relay.ts";
import { CrossingWay } from "./ways.ts";

const portOf = (server: Server) => (server.address() as AddressInfo).port;

/** Sends a text, ends its own side, and reads what comes back until the other side ends. */
function ask(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    socket.setEncoding("utf8").on("data", (it) => {
      answer += it;
    });
    socket.once("error", reject).once("end", () => resolve(answer));
    socket.end(text);
  });
}

suite("a way through a crossing", () => {
  const folder = mkdtempSync(join(tmpdir(), "lab-crossing-"));
  const socket = join(folder, "s");
  const script = fileURLToPath(new URL("../node/crossing.ts", import.meta.url));
  const crossing = spawn(process.execPath, [script, socket], { stdio: "inherit" });
  const echo = createServer({ allowHalfOpen: true }, (it) => it.pipe(it));

  before(async () => {
    await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve));
    const deadline = Date.now() + 30_000;
    while (!existsSync(socket) && Date.now() < deadline) await delay(20);
  });
  after(() => {
    crossing.kill();
    echo.close();
    rmSync(folder, { recursive: true });
  });

  test("carries what is sent at once with what comes back, whole", async () => {
    const server = await relay(0, new CrossingWay(socket, async () => `127.0.0.1 ${portOf(echo)}`));
    const text = "line\n".repeat(50_000);
    assert.equal(await ask(portOf(server), text), text);
    assert.equal(await ask(portOf(server), "short"), "short");
    server.close();
  });

  test("that leads nowhere is closed, and others go on", async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const free = portOf(closed);
    await new Promise((resolve) => closed.close(resolve));
    const dead = await relay(0, new CrossingWay(socket, async () => `127.0.0.1 ${free}`));
    const missing = await relay(0, new CrossingWay(join(folder, "none"), async () => ""));
    const well = await relay(0, new CrossingWay(socket, async () => `127.0.0.1 ${portOf(echo)}`));
    for (const it of [dead, missing]) assert.equal(await ask(portOf(it), "a").catch(() => ""), "");
    assert.equal(await ask(portOf(well), "b"), "b");
    for (const it of [dead, missing, well]) it.close();
  });
});
