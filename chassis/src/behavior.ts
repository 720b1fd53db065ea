import { setTimeout as wait } from "node:timers/promises";
import { durationMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Behavior } from "@envoy-mesh-lab/proto/lab/v1/behavior_pb.ts";

/** Longest work that a caller can ask for, in milliseconds: enough to see, too short to clog the lab. */
const maxWorkMs = 60_000;
/** Most messages that a caller can ask for. */
const maxMessages = 10_000;
/** Messages of a server stream when the caller names no number. */
const defaultMessages = 3;

/** What a caller wants a service to do during one call. */
export interface Conduct {
  /** Number of messages of a server stream. */
  readonly messageCount: number;
  /** Works for as long as was asked; ends early, with the signal's reason, when the call is aborted. */
  work(signal: AbortSignal): Promise<void>;
  /** Fails as was asked, whatever the number of messages: for unary calls. */
  fail(): void;
  /**
   * Fails as was asked once a stream has carried the asked number of messages.
   *
   * @param messages How many messages the stream has carried.
   */
  failAfter(messages: number): void;
}

/**
 * Reads what a caller asks for.
 *
 * @throws {ConnectError} with `invalid_argument` when it is out of bounds.
 */
export function conductOf(behavior: Behavior | undefined): Conduct {
  const workMs = behavior?.workTime === undefined ? 0 : durationMs(behavior.workTime);
  const errorCode = behavior?.errorCode ?? 0;
  const messageCount = behavior?.messageCount || defaultMessages;
  if (!(workMs >= 0 && workMs <= maxWorkMs)) {
    throw invalid(`work_time is ${workMs} ms, it must be from 0 to ${maxWorkMs} ms`);
  }
  if (messageCount > maxMessages) {
    throw invalid(`message_count is ${messageCount}, it must be at most ${maxMessages}`);
  }
  if (errorCode !== 0 && Code[errorCode] === undefined) {
    throw invalid(`error_code is ${errorCode}, it must be from 0 to 16`);
  }
  function fail(): void {
    if (errorCode !== 0) {
      throw new ConnectError("failed because the caller asked for it", errorCode as number as Code);
    }
  }
  return {
    messageCount,
    async work(signal) {
      // Also without any time, so that a loop that only works notices an abort.
      signal.throwIfAborted();
      if (workMs > 0) {
        try {
          await wait(workMs, undefined, { signal });
        } catch {
          // The timer's error hides why it was aborted, which is what the caller must see.
          throw signal.reason;
        }
      }
    },
    fail,
    failAfter(messages) {
      if (messages >= (behavior?.errorAfterMessages ?? 0)) {
        fail();
      }
    },
  };
}

function invalid(message: string): ConnectError {
  return new ConnectError(`behavior: ${message}`, Code.InvalidArgument);
}
