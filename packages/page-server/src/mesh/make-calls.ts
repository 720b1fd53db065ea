import type { MessageInitShape } from "@bufbuild/protobuf";
import type { CallKind, CallResult } from "@envoy-mesh-lab/load";
import {
  assertLoopback,
  callBounds,
  codeByName,
  createCaller,
  findRpc,
  kinds,
  protocols,
  renderLoad,
  runLoad,
  sizeOf,
} from "@envoy-mesh-lab/load";
import type { MakeCallsRequest, MakeCallsResponseSchema } from "@envoy-mesh-lab/proto/page/v1/mesh_pb.ts";
import { ExitCode, LabError, printable } from "@envoy-mesh-lab/trace";

type Progress = MessageInitShape<typeof MakeCallsResponseSchema>;

/** Calls at a time in a load, calls before it, and how wide its report is set, in columns: as `lab load` has it. */
const maxInFlight = 100;
const warmUp = 10;
const reportWidth = 100;

/** The calls that the page asks for, checked. */
export interface CallPlan extends CallKind {
  readonly number: number;
  /** Calls per second; 0 for one after the other. */
  readonly rate: number;
}

/**
 * Reads what the page asks for, with the defaults and bounds of `lab call` and `lab load`.
 *
 * @throws {LabError} (exit code `usage`) for what these refuse.
 */
export function readCalls(asked: MakeCallsRequest): CallPlan {
  const kind = oneOf("the kind", asked.kind || undefined, kinds);
  const protocol = oneOf("the protocol", asked.protocol || "connect", protocols) ?? "connect";
  const number = asked.number || 1;
  const timeoutMs = asked.timeoutMs || 30_000;
  const within = (name: string, value: number, most: number) => {
    if (value > most) throw usage(`${name} is ${value}, more than the ${most} that are allowed`);
    return value;
  };
  if (asked.rate > 0) sizeOf(within("the rate", asked.rate, callBounds.rate), { number });
  else within("the number of calls", number, callBounds.number);
  if (!Number.isFinite(asked.rate) || asked.rate < 0 || (asked.rate > 0 && asked.rate < 0.1)) {
    throw usage("the rate is a number of calls per second from 0.1 on, or 0 for one call after the other");
  }
  const failAfter = within("the number of messages before a failure", asked.failAfter, callBounds.messages);
  const behavior = (name: string, workMs: number, fail: string) => ({
    workMs: within(`the time that the ${name} works`, workMs, callBounds.workMs),
    failAfter,
    ...(fail === "" ? {} : { fail: codeNamed(fail) }),
  });
  return {
    protocol,
    number,
    rate: asked.rate,
    request: {
      rpc: findRpc(asked.rpc || undefined, kind),
      drink: asked.drink || "espresso",
      messages: within("the number of messages", asked.messages ?? 3, callBounds.messages),
      gateway: behavior("gateway", asked.gatewayWorkMs, asked.gatewayFail),
      backend: behavior("backend", asked.workMs, asked.fail),
      timeoutMs: within("the deadline", timeoutMs, callBounds.timeoutMs),
      headers: {},
    },
  };
}

function codeNamed(name: string) {
  const code = codeByName(name);
  if (code === undefined) throw usage(`"${name}" is no Connect code`, 'one is "unavailable" or "not_found"');
  return code;
}

function oneOf<T extends string>(what: string, value: string | undefined, of: readonly T[]): T | undefined {
  const found = of.find((it) => it === value);
  if (value !== undefined && found === undefined) {
    throw usage(`${what} is "${value}"`, `it is one of ${of.join(", ")}`);
  }
  return found;
}

function usage(message: string, hint = "the form says what may be asked for"): LabError {
  return new LabError(message, { exitCode: ExitCode.usage, hint });
}

/** Makes calls, one after the other or at a rate, and says how far it is; ends early when the signal says so. */
export async function* makeCalls(plan: CallPlan, url: string, signal: AbortSignal): AsyncGenerator<Progress> {
  assertLoopback(url);
  yield* plan.rate > 0 ? atRate(plan, url, signal) : oneByOne(plan, url, signal);
}

/** How often at most it is told how far calls are, in milliseconds. */
const tellMs = 200;

async function* oneByOne({ request, protocol, number }: CallPlan, url: string, signal: AbortSignal) {
  const caller = createCaller({ url, mix: [{ request, protocol }] });
  let [failed, ended, toldAt] = [0, 0, 0];
  let untold: CallResult[] = [];
  try {
    while (ended < number && !signal.aborted) {
      const result = await caller.send(ended);
      ended++;
      if (result.code !== "ok") failed++;
      untold.push(result);
      if (ended < number && Date.now() - toldAt < tellMs) continue;
      toldAt = Date.now();
      const calls = untold.map(outcomeOf);
      untold = [];
      yield { planned: number, ended, failed, calls, done: ended === number } satisfies Progress;
    }
  } finally {
    caller.close();
  }
}

function outcomeOf({ code, message, durationMs, traceId }: CallResult) {
  return { code, message: printable((message ?? "").slice(0, 500)), durationMs, traceId: traceId ?? "" };
}

async function* atRate(plan: CallPlan, url: string, signal: AbortSignal): AsyncGenerator<Progress> {
  const { request, protocol, rate, number } = plan;
  const waiting: { wake: () => void } = { wake: () => undefined };
  let latest: Progress | undefined;
  const load = runLoad({
    url,
    call: { request, protocol },
    beginsTrace: false,
    size: sizeOf(rate, { number }),
    maxInFlight,
    warmUp,
    signal,
    onProgress: ({ planned, ended, failed }) => {
      latest = { planned, ended, failed };
      waiting.wake();
    },
  });
  const end = load.then(
    (report) => ({ report }),
    (error: unknown) => ({ error }),
  );
  for (;;) {
    const next = new Promise<undefined>((resolve) => {
      waiting.wake = () => resolve(undefined);
    });
    const ended = await Promise.race([end, next]);
    if (ended === undefined) {
      if (latest !== undefined) yield latest;
      continue;
    }
    if ("error" in ended) throw ended.error;
    const { report } = ended;
    const { method } = request.rpc;
    const title = { rpc: `${method.parent.typeName}/${method.name}`, protocol, via: "edge", url };
    yield {
      planned: report.planned,
      ended: report.sent,
      failed: report.sent - report.ok,
      calls: report.slowest.map(({ code, traceId, serviceTimeMs }) => ({
        code,
        traceId: traceId ?? "",
        durationMs: serviceTimeMs,
      })),
      report: renderLoad(title, report, reportWidth),
      done: true,
    };
    return;
  }
}
