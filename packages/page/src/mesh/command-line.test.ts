import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { suite, test } from "node:test";
import { commandLine, plainCall } from "./command-line.ts";

suite("the command line for calls", () => {
  test("says nothing that is so by default", () => {
    assert.equal(commandLine(plainCall), "npm run lab -- call OrderDrink");
  });

  test("is `lab call` with what differs", () => {
    const form = {
      ...plainCall,
      rpc: "WatchOrder",
      protocol: "grpc",
      number: 5,
      workMs: 50,
      fail: "unavailable",
    };
    assert.equal(
      commandLine(form),
      "npm run lab -- call WatchOrder -n 5 --protocol grpc --work 50 --fail unavailable",
    );
  });

  test("is `lab load` at a rate", () => {
    const form = { ...plainCall, rate: 20, number: 1, timeoutMs: 1_000 };
    assert.equal(commandLine(form), "npm run lab -- load OrderDrink --rate 20 -n 1 --timeout 1000");
  });

  for (const drink of [
    "flat white",
    "'; touch /tmp/x; '",
    "$(id)",
    "`id`",
    "a\nb",
    "",
    "-n",
    "\u202eabc",
    "*",
  ]) {
    test(`is one word for a shell: ${JSON.stringify(drink)}`, () => {
      const line = commandLine({ ...plainCall, drink });
      const words = line.slice(line.indexOf("--drink ") + "--drink ".length);
      assert.equal(execFileSync("sh", ["-c", `printf %s ${words}`], { encoding: "utf8" }), drink);
    });
  }
});
