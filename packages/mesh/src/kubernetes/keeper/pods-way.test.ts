import assert from "node:assert/strict";
import { appendFileSync, chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { PodsWay } from "./pods-way.ts";

/** A kubectl whose pods are what a file of lines says; a connection to one is told its name, and stays. */
const script = `#!${process.execPath}
const { createServer } = require("node:net");
const { readFileSync, appendFileSync } = require("node:fs");
const [, , , verb] = process.argv;
if (verb === "get") {
  let seen = 0;
  setInterval(() => {
    const text = readFileSync(__dirname + "/pods", "utf8");
    process.stdout.write(text.slice(seen));
    seen = text.length;
  }, 10);
} else {
  const pod = process.argv.find((it) => it.startsWith("pod/")).slice(4);
  appendFileSync(__dirname + "/forwards", pod + " begins\\n");
  process.on("SIGTERM", () => {
    appendFileSync(__dirname + "/forwards", pod + " ends\\n");
    process.exit(0);
  });
  if (pod === "unreachable") process.exit(1);
  const server = createServer((it) => it.on("error", () => {}).write(pod));
  server.listen(0, "127.0.0.1", () => console.log("Forwarding from 127.0.0.1:" + server.address().port + " -> 8080"));
}
`.replaceAll("\\\\n", "\\n");

suite("a way to whichever pod is ready", () => {
  const folder = mkdtempSync(join(tmpdir(), "lab-pods-"));
  const at = (name: string) => join(folder, name);
  const kubectl = at("kubectl.cjs");
  let way: PodsWay;
  const tell = (...lines: string[]) => appendFileSync(at("pods"), `${lines.join("\n")}\n`);
  const open = async () => {
    const socket = await way.open();
    return { socket, pod: await greeting(socket) };
  };
  /** Opens connections until one leads to a pod. */
  const openTo = async (pod: string) => {
    for (const deadline = Date.now() + 30_000; ; ) {
      const opened = await open();
      if (opened.pod === pod) return opened.socket;
      opened.socket.destroy();
      assert.ok(Date.now() < deadline, `${opened.pod} instead of ${pod}`);
    }
  };
  const untilForwards = async (wanted: RegExp) => {
    const seen = () => readFileSync(at("forwards"), "utf8");
    for (const deadline = Date.now() + 30_000; !wanted.test(seen()); await delay(20)) {
      assert.ok(Date.now() < deadline, seen());
    }
  };

  before(() => {
    for (const it of ["pods", "forwards"]) writeFileSync(at(it), "");
    writeFileSync(kubectl, script);
    chmodSync(kubectl, 0o755);
    way = new PodsWay({ context: "any", kubectl }, "mesh", "edge", 8080);
  });
  after(() => {
    way.close();
    rmSync(folder, { recursive: true });
  });

  test("waits for one, and takes it", async () => {
    const early = open();
    tell("a False ", "a True ");
    const { socket, pod } = await early;
    assert.equal(pod, "a");
    socket.destroy();
  });

  test("leads new connections elsewhere once a pod is told to end, and leaves it those that it has", async () => {
    const old = await open();
    tell("b True ");
    const another = await open();
    assert.deepEqual([old.pod, another.pod], ["a", "a"]);
    tell("a True 2026-11-28T00:00:00Z");
    const late = await openTo("b");
    assert.equal(old.socket.destroyed || another.socket.destroyed, false);
    for (const it of [old.socket, another.socket, late]) it.destroy();
    await untilForwards(/a ends/);
  });

  test("tries again where a pod cannot be reached, until there is another", async () => {
    tell("b False ", "unreachable True ");
    const waiting = openTo("c");
    await untilForwards(/unreachable begins\n(.|\n)*unreachable begins/);
    tell("unreachable True 2026-11-28T00:00:00Z", "c True ");
    (await waiting).destroy();
  });
});

function greeting(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.once("data", (it) => resolve(it.toString())).once("error", reject);
  });
}
