import { protocols } from "@envoy-mesh-lab/connections";
import type { CallKind, LoadCall } from "@envoy-mesh-lab/load";
import {
  codeByName,
  createCaller,
  findRpc,
  graceMs,
  kinds,
  monotonicClock,
  runOpenLoop,
} from "@envoy-mesh-lab/load";
import type { Mesh } from "@envoy-mesh-lab/mesh";
import { urlVia, ways } from "@envoy-mesh-lab/mesh";
import * as z from "zod";
import { callOf, readContracts } from "./contracts.ts";
import { fillHeaders } from "./fill-headers.ts";
import { isDrawn, orDrawn } from "./random-values.ts";

const connectCode = z.string().refine((it) => codeByName(it) !== undefined || isDrawn(it), {
  error: (issue) => `"${String(issue.input)}" is no Connect code, such as "unavailable"`,
});
const milliseconds = z.int().min(0).max(60_000);

const behavior = z.strictObject({
  /** Time to work before each answer, in milliseconds. Default 0. */
  workMs: orDrawn(milliseconds).default(0),
  /** Connect code to fail with. Default none. */
  fail: connectCode.optional(),
  /** Messages of a stream before it fails. Default 0. */
  failAfter: orDrawn(z.int().min(0)).default(0),
});
const quiet = { workMs: 0, failAfter: 0 };

/** The calls that a check makes. */
export const trafficSchema = z.strictObject({
  /** Default: the RPC that stands for `kind`, else OrderDrink. */
  rpc: z.string().optional(),
  kind: z.enum(kinds).optional(),
  /** Whose contracts `rpc` is looked for in: the lab's, or those among the learner's files; of those, by its full name. */
  contracts: z.enum(["lab", "learner"]).default("lab"),
  /** What is sent, as JSON, where the contracts are the learner's. */
  request: z.record(z.string(), z.json()).default({}),
  protocol: z.enum(protocols).default("connect"),
  number: orDrawn(z.int().min(1).max(2000)).default(1),
  /** Calls per second; without it one call follows the other. */
  rate: z.number().min(0.1).max(200).optional(),
  drink: z.string().default("espresso"),
  /** Messages of a stream. */
  messages: orDrawn(z.int().min(0).max(1000)).default(3),
  /** `{hex:16}` in a value stands for as many random digits, other ones in each call. */
  headers: z.record(z.string(), z.string()).default({}),
  gateway: behavior.default(quiet),
  backend: behavior.default(quiet),
  /** Deadline of each call, in milliseconds. */
  timeoutMs: z.int().min(1).max(60_000).default(10_000),
  /** Where the calls enter the mesh. */
  via: z.enum(ways).default("edge"),
  /** How every call has to end: "ok" or a Connect code. */
  code: z.union([z.literal("ok"), connectCode]).default("ok"),
});
export type Traffic = z.infer<typeof trafficSchema>;

/** What came of the calls of a check. */
export interface Sent {
  calls: LoadCall[];
  /** When the first was sent and the last had ended, in milliseconds since the epoch. */
  from: number;
  to: number;
}

/** Where calls go, and whose they are. */
export interface Sending {
  mesh: Mesh;
  /** The folder with the learner's files. */
  folder: string;
  signal?: AbortSignal | undefined;
}

/**
 * Makes the calls that an exercise wants, one after the other or at its rate.
 *
 * @throws {UnlikeContract} when the learner's contracts do not have them.
 */
export async function send(traffic: Traffic, { mesh, folder, signal }: Sending): Promise<Sent> {
  const { via, protocol, number, rate } = traffic;
  const behavior = ({ workMs, fail, failAfter }: Traffic["gateway"]) => {
    const code = fail === undefined ? undefined : codeByName(fail);
    return { workMs, failAfter, ...(code === undefined ? {} : { fail: code }) };
  };
  const request = {
    ...(traffic.contracts === "learner"
      ? callOf(await readContracts(folder), traffic.rpc ?? "", traffic.request)
      : { rpc: findRpc(traffic.rpc, traffic.kind) }),
    drink: traffic.drink,
    messages: traffic.messages,
    gateway: behavior(traffic.gateway),
    backend: behavior(traffic.backend),
    timeoutMs: traffic.timeoutMs,
  };
  const calling = (): CallKind => ({
    request: { ...request, headers: fillHeaders(traffic.headers) },
    protocol,
  });
  const caller = createCaller({
    url: urlVia(via, mesh, mesh.urls.edge),
    mix: [calling(), ...Array.from({ length: number - 1 }, calling)],
    beginsTrace: via !== "edge",
  });
  const calls: LoadCall[] = [];
  const from = Date.now();
  try {
    if (rate === undefined) {
      for (let i = 0; i < number && !signal?.aborted; i++) calls.push(await caller.send(i));
    } else {
      await runOpenLoop<LoadCall>({
        rate,
        count: number,
        maxInFlight: Number.POSITIVE_INFINITY,
        drainMs: traffic.timeoutMs + 2 * graceMs,
        clock: monotonicClock,
        send: caller.send,
        onEnd: ({ result }) => calls.push(result),
        ...(signal ? { signal } : {}),
      });
    }
    return { calls, from, to: Date.now() };
  } finally {
    caller.close();
  }
}
