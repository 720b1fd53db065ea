import assert from "node:assert/strict";
import { test } from "node:test";
import { Code, ConnectError } from "@connectrpc/connect";
import { backoff } from "./backoff.ts";
import { retry, timer } from "./retry.ts";

const away = () => Promise.reject(new ConnectError("no server", Code.Unavailable));

test("a stream that ends is opened again: at first soon, then more rarely, and soon again after it was at work", async () => {
  const ending = new AbortController();
  const waits: number[] = [];
  const states: (string | undefined)[] = [];
  let tries = 0;
  await retry(
    async (alive) => {
      tries++;
      if (tries === 4) return alive();
      if (tries === 6) ending.abort();
      return away();
    },
    {
      signal: ending.signal,
      onState: (it) => states.push(it?.rawMessage),
      wait: async (ms) => void waits.push(ms / backoff.firstMs),
      random: () => 1,
    },
  );
  assert.deepEqual(waits, [1, 2, 4, 1, 2]);
  assert.deepEqual(states, ["no server", "no server", "no server", undefined, "no server"]);
});

test("what trying again does not help is tried once", async () => {
  for (const code of [Code.Unauthenticated, Code.NotFound, Code.InvalidArgument]) {
    let tries = 0;
    const failures: Code[] = [];
    await retry(
      async () => {
        tries++;
        throw new ConnectError("no", code);
      },
      { signal: new AbortController().signal, onState: (it) => it && failures.push(it.code) },
    );
    assert.deepEqual([tries, failures], [1, [code]]);
  }
});

test("an aborted signal ends a wait", async () => {
  const ending = new AbortController();
  const waited = timer(60_000, ending.signal);
  ending.abort();
  await waited;
  await timer(60_000, ending.signal);
});
