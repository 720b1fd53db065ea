import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { suite, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { parsePs, parseStat, processIdentity, processRows } from "./process-identity.mjs";

test("a process is told from a later one, and one that ended from one that runs", async () => {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  const pid = child.pid ?? 0;
  const identity = processIdentity(pid);
  assert.ok(identity);
  assert.notEqual(identity, processIdentity(process.pid));
  assert.equal(processIdentity(pid), identity);
  child.kill("SIGKILL");
  await once(child, "exit");
  const deadline = Date.now() + 5_000;
  while (processIdentity(pid) === identity && Date.now() < deadline) await delay(10);
  assert.notEqual(processIdentity(pid), identity);
  assert.equal(processIdentity(0), undefined);
  assert.equal(processIdentity(-1), undefined);
});

suite("the list of processes", () => {
  test("has this one", () => {
    const mine = processRows().find(({ pid }) => pid === process.pid);
    assert.equal(mine?.identity, processIdentity(process.pid));
  });

  test("is read from /proc, whatever the program is called", () => {
    const rest = "S 1 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 987654 1 1";
    const expected = { pid: 77, group: 42, identity: "boot:987654" };
    assert.deepEqual(parseStat(`77 (sleep) ${rest}`, "boot"), expected);
    assert.deepEqual(parseStat(`77 (a ) S (b) ${rest}`, "boot"), expected);
    assert.equal(parseStat(`77 (sleep) ${rest.replace("S", "Z")}`, "boot"), undefined);
  });

  test("is read from ps elsewhere", () => {
    const output = "  77    42 S+   Mon Jan  5 10:00:00 2026    \n  78    42 Z    Mon Jan  5 10:00:01 2026\n";
    assert.deepEqual(parsePs(output), [{ pid: 77, group: 42, identity: "Mon Jan  5 10:00:00 2026" }]);
  });
});
