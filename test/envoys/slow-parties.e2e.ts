import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { patience, until } from "../until.ts";
import type { Asked, Caller } from "./client.ts";
import { connectTo } from "./client.ts";
import type { EnvoyAlone, EnvoyPart } from "./envoy-alone.ts";
import { doors, startEnvoys } from "./envoy-alone.ts";
import type { StandIn } from "./stand-in.ts";
import { startStandIn } from "./stand-in.ts";

/** Connections of those who are slow, and what each holds: with the others' below the limits of number. */
const slowConnections = 4;
const slowStreams = 40;
/** Calls of others, on as many connections: each worker of an Envoy has its own to those whom it calls. */
const others = 16;
/** What an Envoy may need for them, in bytes: less than half of its limit of heap. */
const roomForAll = 64 * 1024 * 1024;

let standIn: StandIn;
let envoys: Record<EnvoyPart, EnvoyAlone>;
before(async () => {
  standIn = await startStandIn();
  envoys = await startEnvoys(standIn.port);
});
after(async () => {
  await Promise.all(Object.values(envoys ?? {}).map((it) => it.stop()));
  standIn.stop();
});

/** What keeps what is sent from being read. */
const slow: Record<string, Omit<Asked, "path">> = {
  "callers that do not read": { deed: "flood", request: "open", isRead: false },
  "services that do not read": { deed: "unread", request: "flood" },
};

for (const [who, asked] of Object.entries(slow)) {
  suite(`${slowConnections * slowStreams} streams of ${who} hold up no call of another, and not the Envoy`, () => {
    for (const { part, port, paths } of doors) {
      test(`${part}, port ${port}`, async () => {
        const envoy = envoys[part];
        const connect = (count: number) => Array.from({ length: count }, () => connectTo(envoy.port(port)));
        const slowCallers = connect(slowConnections);
        const callers = connect(others);
        const before = await envoy.memory();
        try {
          for (const caller of slowCallers) {
            for (let i = 0; i < slowStreams; i++) void caller.ask({ path: paths.stream, ...asked });
          }
          await standstill(envoy);
          // The connection of a caller who does not read is his own at the edge; to a sidecar it is one of many callers.
          const askers = part === "edge" ? callers : [...callers, ...slowCallers];
          const answered = await answersOf(askers, [paths.unary, paths.stream]);
          assert.equal(answered, 2 * askers.length);
          const grown = (await envoy.memory()) - before;
          assert.ok(grown < roomForAll, `${grown} bytes more than before`);
        } finally {
          for (const caller of [...slowCallers, ...callers]) caller.close();
        }
        // Nothing of them stays.
        assert.ok(
          (await until(envoy.memory, (it) => it < before + roomForAll / 4)) < before + roomForAll / 4,
        );
      });
    }
  });
}

/** Waits until an Envoy takes nothing more into its memory: all streams are full. */
async function standstill(envoy: EnvoyAlone): Promise<void> {
  let last = 0;
  await until(
    envoy.memory,
    (bytes) => {
      const isStill = bytes > 0 && Math.abs(bytes - last) < 100_000;
      last = bytes;
      return isStill;
    },
    patience,
    500,
  );
}

/** How many calls are answered well, one of each path by each caller. */
async function answersOf(callers: readonly Caller[], paths: readonly string[]): Promise<number> {
  let answered = 0;
  const all = callers.flatMap((caller) =>
    paths.map(async (path) => {
      const { grpcStatus } = await caller.ask({ path });
      if (grpcStatus === "0") answered++;
    }),
  );
  await Promise.race([Promise.all(all), delay(patience, undefined, { ref: false })]);
  return answered;
}
