import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { basename, join } from "node:path";
import { suite, test } from "node:test";
import { promisify } from "node:util";
import type { PrintedSpan } from "../testing/zero-code/spans.ts";

const run = promisify(execFile);
const folder = join(import.meta.dirname, "../testing/zero-code");
const spansSetUp = join(folder, "spans.ts");
const listedSetUp = join(folder, "listed.ts");
const register = "@envoy-mesh-lab/otelconnect/register";

/** How many calls an app makes to each kind of server: a unary one and a stream for each of its transports. */
const callsTo = { node: 8, http2: 6, express: 8, fastify: 8, memory: 2 } as const;

const kinds = Object.keys(callsTo) as (keyof typeof callsTo)[];

/** What an app has printed. */
interface Printed {
  readonly seen: Readonly<Record<"client" | "server" | "handler", readonly (string | null)[]>>;
  readonly spans: readonly PrintedSpan[];
  /** Whether the other instrumentation of the set-up in listed.ts has seen its package. */
  readonly isOtherInstrumented?: boolean;
}

/** What import-in-the-middle says where two set-ups register its hook. It harms neither. */
const registeredTwice =
  /^\(node:\d+\) Warning: The 'import-in-the-middle' hook has already been.*\n\(Use `node --trace.*\n/;

async function runApp(
  imports: readonly string[],
  app: string,
  kind: keyof typeof callsTo,
  { flags = [], variant = "" }: { flags?: readonly string[]; variant?: string } = {},
): Promise<Printed> {
  const { stdout, stderr } = await run(
    process.execPath,
    // What this process imports first, another release of Connect for one, the app does too.
    [
      ...process.execArgv,
      ...flags,
      ...imports.flatMap((it) => ["--import", it]),
      join(folder, app),
      kind,
      variant,
    ],
    { timeout: 60_000 },
  );
  assert.equal(stderr.replace(registeredTwice, ""), "", "the app has nothing to complain of");
  return Object.assign(
    { spans: [] },
    ...stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  );
}

/** Each call has two spans, the client's and below it the server's, and the app's own code runs inside them. */
function assertTracedOnce({ seen, spans }: Printed, calls: number): void {
  const clients = spans.filter(({ kind }) => kind === "CLIENT");
  const servers = spans.filter(({ kind }) => kind === "SERVER");
  assert.deepEqual([clients.length, servers.length, spans.length], [calls, calls, 2 * calls]);
  const idsOf = (list: readonly PrintedSpan[]) => list.map(({ id }) => id).toSorted();
  assert.deepEqual(servers.map(({ parent }) => parent).toSorted(), idsOf(clients));
  assert.deepEqual(seen.client.toSorted(), idsOf(clients), "the app's interceptors of the client");
  assert.deepEqual(seen.server.toSorted(), idsOf(servers), "the app's interceptors of the server");
  assert.deepEqual(seen.handler.toSorted(), idsOf(servers), "the handlers");
}

for (const [app, modules] of [
  ["esm-app.ts", "ES modules"],
  ["cjs-app.cjs", "CommonJS"],
] as const) {
  suite(`node --import ${register}, ${modules}`, () => {
    for (const kind of kinds) {
      test(`every transport and the router of a server of kind ${kind}`, async () => {
        assertTracedOnce(await runApp([spansSetUp, register], app, kind), callsTo[kind]);
      });
    }

    test("the order of the set-up does not matter", async () => {
      assertTracedOnce(await runApp([register, spansSetUp], app, "http2"), callsTo.http2);
    });

    for (const twice of [
      [register, listedSetUp],
      [listedSetUp, register],
    ]) {
      test(`twice is once, and other instrumentations go on: ${twice.map((it) => basename(it))}`, async () => {
        const printed = await runApp([spansSetUp, ...twice], app, "http2");
        assertTracedOnce(printed, callsTo.http2);
        assert.equal(printed.isOtherInstrumented, true);
      });
    }

    test("it starts no SDK: without one, calls go on without spans", async () => {
      const { seen } = await runApp([register], app, "express");
      assert.deepEqual(new Set(Object.values(seen).flat()), new Set([null]));
      assert.equal(seen.handler.length, callsTo.express);
    });

    test("among other instrumentations, with options", async () => {
      const printed = await runApp([spansSetUp, listedSetUp], app, "fastify");
      assert.equal(printed.isOtherInstrumented, true);
      assertTracedOnce(printed, callsTo.fastify);
      assert.deepEqual(new Set(printed.spans.map(({ name }) => name)), new Set(["named by the set-up"]));
    });
  });
}

test("a Worker has the set-up of its process, and so is traced too", async () => {
  assertTracedOnce(await runApp([spansSetUp, register], "worker-app.ts", "http2"), callsTo.http2);
});

suite(`node --require ${register}`, () => {
  for (const app of ["esm-app.ts", "cjs-app.cjs"]) {
    test(`does the same, in ${app}`, async () => {
      assertTracedOnce(
        await runApp([spansSetUp], app, "express", { flags: ["--require", register] }),
        callsTo.express,
      );
    });
  }
});

suite("an app that adds the interceptors by itself", () => {
  for (const kind of ["http2", "express", "memory"] as const) {
    test(`has each call traced once, as the app says, on a server of kind ${kind}`, async () => {
      const printed = await runApp([spansSetUp, register], "own-app.ts", kind, { variant: "plain" });
      assertTracedOnce(printed, callsTo[kind]);
      assert.deepEqual(new Set(printed.spans.map(({ name }) => name)), new Set(["named by the app"]));
    });

    test(`within others, has each call traced once too, on a server of kind ${kind}`, async () => {
      assertTracedOnce(
        await runApp([spansSetUp, register], "own-app.ts", kind, { variant: "hidden" }),
        callsTo[kind],
      );
    });
  }
});
