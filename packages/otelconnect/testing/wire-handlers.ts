import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import { Code, ConnectError } from "@connectrpc/connect";
import type { EchoService } from "./echo-service.ts";
import type { Behavior } from "./wire-scenarios.ts";

/** What the handlers tell the test. */
export interface HandlerHooks {
  /** A step of the handler runs. The first is before anything was read. */
  step(): void;
  /** A handler that reads a stream has its first message. */
  received?(): void;
  /** Breaks all connections. */
  vanish(): void;
}

interface Instruction {
  readonly behavior: Behavior;
  readonly code?: Code;
}

/** Makes handlers that do what the request says. */
export function createHandlers(hooks: HandlerHooks): ServiceImpl<typeof EchoService> {
  async function obey({ behavior, code }: Instruction, context: HandlerContext): Promise<{ value: string }> {
    hooks.step();
    switch (behavior) {
      case "fail":
        throw new ConnectError("as asked", code ?? Code.Unknown);
      case "throw":
        throw new TypeError("as asked");
      case "vanish":
        hooks.vanish();
        await aborted(context.signal);
        throw new ConnectError("the connection is gone", Code.Aborted);
      case "hang":
        await aborted(context.signal);
        throw new ConnectError("the call was cancelled", Code.Canceled);
      default:
        return { value: "answer" };
    }
  }
  async function* obeyTwice(instruction: Instruction, context: HandlerContext) {
    const { behavior } = instruction;
    if (behavior === "vanish") {
      hooks.step();
      yield { value: "answer" };
    }
    yield await obey(instruction, context);
    hooks.step();
    if (behavior === "answer then hang") {
      yield await obey({ behavior: "hang" }, context);
    } else if (behavior === "answer then fail") {
      yield await obey({ ...instruction, behavior: "fail" }, context);
    } else {
      yield { value: "answer" };
      hooks.step();
    }
  }
  return {
    unary: (request, context) => obey(JSON.parse(request.value), context),
    server: (request, context) => obeyTwice(JSON.parse(request.value), context),
    async client(requests, context) {
      // A cancel over HTTP/2 looks like the end of the requests at first; only then connect-node aborts the signal.
      let last: Instruction = { behavior: "hang" };
      hooks.step();
      for await (const request of requests) {
        hooks.step();
        hooks.received?.();
        last = JSON.parse(request.value);
        if (last.behavior !== "answer") {
          break;
        }
      }
      return obey(last, context);
    },
    async *bidi(requests, context) {
      let first = true;
      hooks.step();
      for await (const request of requests) {
        first = false;
        hooks.step();
        hooks.received?.();
        const instruction: Instruction = JSON.parse(request.value);
        if (instruction.behavior === "answer") {
          yield obey(instruction, context);
        } else if (instruction.behavior === "return early") {
          yield { value: "answer" };
          return;
        } else {
          yield* obeyTwice(instruction, context);
        }
      }
      if (first) {
        yield obey({ behavior: "hang" }, context);
      }
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
    }
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
