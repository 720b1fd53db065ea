import type { HandlerContext } from "@connectrpc/connect";
import { ConnectError } from "@connectrpc/connect";
import { shortened } from "./text.ts";

/** Longest message of an error in an answer, in characters: room for what the services themselves have to say. */
const longestMessage = 500;

/**
 * Has the error that a call is answered with say no more than a person reads, whoever wrote it: a handler, a service behind it,
 * or a decoder, whose errors come before any interceptor. Where one quotes its input, a caller's megabytes would go back.
 *
 * connect-es (2.2) aborts a call's signal with the error right before it writes the error into the answer, in each protocol.
 */
export function keepErrorsBrief({ signal }: Pick<HandlerContext, "signal">): void {
  signal.addEventListener("abort", () => {
    const error: unknown = signal.reason;
    if (error instanceof ConnectError && error.rawMessage.length > longestMessage) {
      Object.assign(error, {
        rawMessage: shortened(error.rawMessage, longestMessage),
        message: shortened(error.message, longestMessage),
      });
    }
  });
}
