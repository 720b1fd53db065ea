import { imbalances } from "@envoy-mesh-lab/mesh";
import type { Fault } from "./fault.ts";
import type { FollowedCall, Round } from "./round.ts";
import { isMemoryBack } from "./round.ts";

/** What came of one fault. */
export interface Verdict {
  readonly calls: number;
  /** Calls that did not end as they were asked to, by code. */
  readonly failed: Readonly<Record<string, number>>;
  /** Spans that ended, as far as who made them still tells. */
  readonly ended: number;
  /** False when a sender ended and took its counts with it. */
  readonly isEndedWhole: boolean;
  /** Distinct spans in Tempo, of all senders. */
  readonly found: number;
  readonly lost: number;
  /** How many the promise lets be lost. */
  readonly mayLose: number;
  /** Refused by the Collector, and sent again. */
  readonly refused: number;
  /** Taken by the Collector more often than its senders know; absent when that cannot be counted. */
  readonly sentAgain?: number;
  /** Resident memory of all parts before and after, in bytes. */
  readonly memory: { readonly before: number; readonly after: number };
  /** How long from the end of the fault until all was well again, in milliseconds. */
  readonly recoveredAfterMs?: number;
  /** Where a promise was broken; none when all were kept. */
  readonly problems: readonly string[];
}

/** RPCs that may be run twice (idempotency_level in proto/cafe/v1). */
const repeatable = new Set(["cafe.v1.CafeService/GetDrink"]);

/** Holds what was seen of a fault against what is promised under it. */
export function judge(fault: Fault, round: Round): Verdict {
  const losses = lossesOf(round);
  const mayLose = allowanceOf(fault, round);
  const lost = Object.values(losses).reduce((sum, it) => sum + it, 0);
  const allowed = Object.values(mayLose).reduce((sum, it) => sum + it, 0);
  const { balance, memory, calls, liftedAt, recoveredAt } = round;
  const exported = balance.senders.reduce((sum, it) => sum + it.exported, 0);
  const isWhole = balance.senders.every((it) => it.isSame);
  return {
    calls: calls.length,
    failed: countBy(calls.filter(hasFailed), ({ code }) => code),
    ended: balance.senders.reduce((sum, it) => sum + it.ended, 0),
    isEndedWhole: isWhole,
    found: calls.reduce((sum, it) => sum + Object.values(it.found).reduce((a, b) => a + b, 0), 0),
    lost,
    mayLose: allowed,
    refused: balance.collector?.refused ?? 0,
    ...(balance.collector && isWhole ? { sentAgain: balance.collector.accepted - exported } : {}),
    memory: {
      before: Object.values(memory).reduce((sum, it) => sum + it.before, 0),
      after: Object.values(memory).reduce((sum, it) => sum + it.after, 0),
    },
    ...(recoveredAt === undefined ? {} : { recoveredAfterMs: recoveredAt - liftedAt }),
    problems: [
      ...problemsOfCalls(fault, round),
      ...problemsOfSpans(fault, round, losses, mayLose),
      ...imbalances(balance, Math.max(0, Math.min(lost, allowed))),
      ...problemsOfParts(fault, round),
    ],
  };
}

/** Whether a call ended otherwise than it was asked to. */
function hasFailed({ asked, code }: FollowedCall): boolean {
  return code !== asked;
}

function problemsOfCalls(fault: Fault, { calls, injectedAt, recoveredAt = Infinity }: Round): string[] {
  return calls.flatMap((call) => {
    const { rpc, protocol, traceId, code, message = "", wrong, brewed, finished } = call;
    const name = `${rpc} over ${protocol} (${traceId})`;
    const problems: string[] = [];
    if (wrong !== undefined) problems.push(`${name} ${wrong}`);
    if (hasFailed(call) && !fault.mayFailWith.includes(code)) {
      problems.push(`${name} ended with ${code}: ${message}`);
    } else if (hasFailed(call) && (call.endedAt < injectedAt || call.startedAt > recoveredAt)) {
      problems.push(`${name} ended with ${code} while all was well: ${message}`);
    }
    if (hasFailed(call) && message === "") problems.push(`${name} does not say why it ended with ${code}`);
    if (Math.max(brewed, finished) > 1 && !repeatable.has(rpc)) {
      problems.push(`${name} was brewed ${Math.max(brewed, finished)} times`);
    }
    return problems;
  });
}

/**
 * Spans that were lost, by sender: of one that lived through it those that ended and are not in Tempo, of another one
 * those that an answered call lacks.
 */
function lossesOf({ calls, balance, spansPerCall }: Round): Record<string, number> {
  return Object.fromEntries(
    Object.keys(spansPerCall).map((sender) => {
      const counted = balance.senders.find((it) => it.sender === sender);
      const found = calls.reduce((sum, it) => sum + (it.found[sender] ?? 0), 0);
      return [
        sender,
        counted?.isSame ? counted.ended - found : missing(calls, sender, spansPerCall[sender] ?? 0),
      ];
    }),
  );
}

/** Spans of a sender that answered calls lack. */
function missing(calls: readonly FollowedCall[], sender: string, expected: number): number {
  return calls
    .filter((it) => !hasFailed(it))
    .reduce((sum, it) => sum + Math.max(0, expected - (it.found[sender] ?? 0)), 0);
}

/** Whether spans of a call may be lost at all, by its time. */
function isNear(
  { spans }: Fault,
  { injectedAt, liftedAt, recoveredAt = Infinity }: Round,
  call: FollowedCall,
): boolean {
  const until = spans.untilMs === undefined ? recoveredAt : liftedAt - spans.untilMs;
  return call.endedAt >= injectedAt - (spans.withinMs ?? 0) && call.startedAt <= until;
}

/** How many spans each sender may lose. */
function allowanceOf(fault: Fault, round: Round): Record<string, number> {
  const near = round.calls.filter((call) => isNear(fault, round, call)).length;
  return Object.fromEntries(
    (fault.spans.of ?? []).map((sender) => [sender, near * (round.spansPerCall[sender] ?? 0)]),
  );
}

function problemsOfSpans(
  fault: Fault,
  round: Round,
  losses: Readonly<Record<string, number>>,
  mayLose: Readonly<Record<string, number>>,
): string[] {
  const { calls, spansPerCall, balance } = round;
  const problems = Object.entries(losses).flatMap(([sender, lost]) => {
    if (lost < 0) return [`Tempo has ${-lost} more spans of ${sender} than ended there`];
    return lost > (mayLose[sender] ?? 0)
      ? [`${lost} spans of ${sender} are lost, of at most ${mayLose[sender] ?? 0}`]
      : [];
  });
  for (const [sender, expected] of Object.entries(spansPerCall)) {
    // What may be lost is bound to a time, too.
    const others = calls.filter((call) => !(fault.spans.of?.includes(sender) && isNear(fault, round, call)));
    const lacking = others.filter((call) => !hasFailed(call) && (call.found[sender] ?? 0) < expected);
    const [first] = lacking;
    if (first) {
      problems.push(
        `${lacking.length} answered calls lack spans of ${sender}, the first is ${first.rpc} over ${first.protocol} (${first.traceId})`,
      );
    }
    const doubled = calls.filter((call) => !hasFailed(call) && (call.found[sender] ?? 0) > expected);
    if (doubled[0])
      problems.push(`${doubled.length} calls have too many spans of ${sender} (${doubled[0].traceId})`);
  }
  for (const { sender, dropped, failed, tooLarge } of balance.senders) {
    const given = dropped + failed + tooLarge;
    if (given > (mayLose[sender] ?? 0)) problems.push(`${sender} has given up ${given} spans`);
  }
  const givenUp = balance.collector?.sendFailed ?? 0;
  if (givenUp > 0) problems.push(`the Collector has given up ${givenUp} spans`);
  return problems;
}

function problemsOfParts(fault: Fault, { recoveredAt, unwell, restarts, memory }: Round): string[] {
  const problems = [...unwell];
  if (recoveredAt === undefined) problems.push("calls did not go well again");
  for (const [part, count] of Object.entries(restarts)) {
    const { min, max } = part === fault.at ? fault.restarts : { min: 0, max: 0 };
    if (count < min || count > max) {
      problems.push(
        `${part} was started again ${count} times, not ${min === max ? min : `${min} to ${max}`}`,
      );
    }
  }
  for (const [part, it] of Object.entries(memory)) {
    if (it.limit !== undefined && it.peak > it.limit) {
      problems.push(`${part} had ${toMiB(it.peak)} MiB, and its container ends at ${toMiB(it.limit)}`);
    }
    if (!fault.keepsMemory && !isMemoryBack(it))
      problems.push(`${part} has ${toMiB(it.after)} MiB, and had ${toMiB(it.before)}`);
  }
  return problems;
}

/** Bytes in whole MiB. */
export function toMiB(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}

function countBy<T>(all: readonly T[], key: (it: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const it of all) counts[key(it)] = (counts[key(it)] ?? 0) + 1;
  return counts;
}
