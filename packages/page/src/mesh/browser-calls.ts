import type { MessageInitShape } from "@bufbuild/protobuf";
import type { BehaviorSchema } from "@envoy-mesh-lab/proto/lab/v1/behavior_pb.ts";
import { ErrorCode } from "@envoy-mesh-lab/proto/lab/v1/behavior_pb.ts";
import { printable } from "@envoy-mesh-lab/trace";
import { session } from "../shell/session.ts";
import type { BrowserProtocol, BrowserRpc } from "../tracing/cafe.ts";
import { callCafe } from "../tracing/cafe.ts";
import type { CallForm } from "./command-line.ts";

/** One call, as far as the form tells it. */
interface Outcome {
  readonly code: string;
  readonly message: string;
  readonly durationMs: number;
  readonly traceId: string;
}

/** How far calls are, whoever makes them: those that ended since it was told last, and at the end of a load its report. */
export interface CallsProgress {
  readonly planned: number;
  readonly ended: number;
  readonly failed: number;
  readonly calls: readonly Outcome[];
  readonly report: string;
}

/**
 * Makes the calls of the form from this browser, one after the other, until the signal.
 *
 * @throws {Error} when the mesh has no edge.
 */
export async function* browserCalls(form: CallForm, signal: AbortSignal): AsyncGenerator<CallsProgress> {
  const edge = session.value?.edge;
  if (!edge) throw new Error("the mesh has no edge that this browser could call; `lab up` starts it");
  let failed = 0;
  for (let ended = 1; ended <= form.number; ended++) {
    const {
      code,
      message = "",
      durationMs,
      traceId = "",
    } = await callCafe(edge, {
      rpc: form.rpc as BrowserRpc,
      protocol: form.protocol as BrowserProtocol,
      drink: form.drink,
      gateway: behavior(form, form.gatewayWorkMs, form.gatewayFail),
      backend: behavior(form, form.workMs, form.fail),
      timeoutMs: form.timeoutMs,
      signal,
    });
    signal.throwIfAborted();
    if (code !== "ok") failed++;
    const call = { code: inSnakeCase(code), message: printable(message.slice(0, 500)), durationMs, traceId };
    yield { planned: form.number, ended, failed, calls: [call], report: "" };
  }
}

/** How a service is asked to behave, as `lab call` asks it. */
function behavior(
  { failAfter, messages }: CallForm,
  workMs: number,
  fail: string,
): MessageInitShape<typeof BehaviorSchema> {
  return {
    workTime: { seconds: BigInt(Math.trunc(workMs / 1000)), nanos: (workMs % 1000) * 1_000_000 },
    errorCode: ErrorCode[fail.toUpperCase() as keyof typeof ErrorCode] ?? ErrorCode.UNSPECIFIED,
    errorAfterMessages: failAfter,
    messageCount: messages,
  };
}

/** Connect's name of a code as its protocol spells it: `NotFound` is `not_found`. */
function inSnakeCase(code: string): string {
  return code.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase();
}
