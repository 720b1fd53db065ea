import type { HandlerContext } from "@connectrpc/connect";

/** Milliseconds of each unit of gRPC's deadlines (PROTOCOL-HTTP2, "TimeoutUnit"). */
const grpcUnits: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/**
 * What is left of the deadline of a call that is being answered, in whole milliseconds, as protocols carry it; undefined when it
 * has none.
 *
 * Connect (2.3) reckons it by the wall clock, and somebody may set that: an hour back, and a call of 5 s had 3,605 s left. It is
 * never more than what the caller gave, and there is some for as long as the call goes on: its signal is aborted by a timer, which
 * goes by the monotonic clock, and takes what was called with it.
 */
export function timeLeftMs({
  timeoutMs,
  signal,
  requestHeader,
}: Pick<HandlerContext, "timeoutMs" | "signal" | "requestHeader">): number | undefined {
  const left = timeoutMs();
  if (left === undefined) return undefined;
  const given = givenMs(requestHeader) ?? left;
  const isOff = left > given || (left <= 0 && !signal.aborted);
  return Math.ceil(isOff ? given : left);
}

/** The time that the caller gave, from its header; undefined where it says none that can be read. */
function givenMs(header: Headers): number | undefined {
  const grpc = /^(\d{1,8})([HMSmun])$/.exec(header.get("grpc-timeout") ?? "");
  const [, number = "", unit = ""] =
    grpc ?? /^(\d{1,10})$/.exec(header.get("connect-timeout-ms") ?? "") ?? [];
  return number === "" ? undefined : Number(number) * (grpcUnits[unit] ?? 1);
}
