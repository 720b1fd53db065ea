import type { CallRecord, LedgerRecord, TraceRecord } from "./record.ts";

/** What a pager is set to watch: symptoms, each with its objective. */
export const alertNames = [
  "failing",
  "slow",
  "repeated",
  "missing",
  "broken",
  "wrong-times",
  "leak",
] as const;
export type AlertName = (typeof alertNames)[number];

/** A symptom as it is now. */
export interface Alert {
  readonly name: AlertName;
  /** What a pager shows: the symptom and its objective, with nothing of a cause. */
  readonly text: string;
}

/** How far back is looked for calls, and for what was looked up of traces, in milliseconds. */
const callWindowMs = 10_000;
const traceWindowMs = 12_000;
/** What is tolerated: a share of calls, and of traces. */
const tolerated = { calls: 0.02, slow: 0.5, traces: 0.1 };
/** So few do not wake anybody. */
const least = 3;
/** A span that begins so far from its call is in the wrong place on every dashboard, in milliseconds. */
const wrongTimeMs = 5_000;

const percent = (share: number) =>
  `${share < 0.1 ? Math.round(share * 1000) / 10 : Math.round(share * 100)} %`;

/** What of a ledger counts at a time. */
export interface Window {
  readonly calls: readonly CallRecord[];
  readonly traces: readonly TraceRecord[];
}

/** The last calls and traces before a time. */
export function windowAt(records: readonly LedgerRecord[], now: number, since = 0): Window {
  const calls = records.filter(
    (it): it is CallRecord => it.is === "call" && it.at > Math.max(now - callWindowMs, since) && it.at <= now,
  );
  const traces = records.filter(
    (it): it is TraceRecord =>
      it.is === "trace" && it.at > now - traceWindowMs && it.at <= now && it.callAt > since,
  );
  return { calls, traces };
}

/**
 * How slow half of the calls may be, by how slow one in ten was while all was well, in milliseconds: what a busy machine does to
 * some calls is no alert, and what a fault does to all of them is one on a slow machine too.
 */
export function slowAfter(healthy: readonly CallRecord[]): number {
  const sorted = healthy
    .filter(({ code }) => code === "ok")
    .map(({ ms }) => ms)
    .sort((a, b) => a - b);
  const slow = sorted[Math.floor(sorted.length * 0.9)] ?? 0;
  return Math.round(slow + 100);
}

/**
 * The symptoms that a window shows. Pure.
 *
 * @param slowMs see `slowAfter`.
 */
export function alertsOf({ calls, traces }: Window, slowMs: number): Alert[] {
  const alerts: Alert[] = [];
  const tell = (
    name: AlertName,
    of: readonly unknown[],
    bad: readonly unknown[],
    limit: number,
    text: string,
  ) => {
    const share = bad.length / of.length;
    if (bad.length >= least && share > limit) {
      alerts.push({ name, text: `${percent(share)} of ${text} (objective: at most ${percent(limit)})` });
    }
  };
  const failed = calls.filter(({ code }) => code !== "ok");
  const codes = [...new Set(failed.map(({ code }) => code))].sort().join(", ");
  tell("failing", calls, failed, tolerated.calls, `calls to the café fail: ${codes}`);
  const slow = calls.filter(({ ms }) => ms > slowMs);
  tell("slow", calls, slow, tolerated.slow, `calls to the café take longer than ${slowMs} ms`);
  // A trace of a call that failed is rightly shorter, and a trace that is not there says nothing else.
  const found = traces.flatMap((it) => (it.facts ? [{ ...it, facts: it.facts }] : []));
  tell(
    "missing",
    traces,
    traces.filter(({ facts }) => !facts),
    tolerated.traces,
    "calls have no trace some seconds later",
  );
  const isRepeated = ({ facts }: (typeof found)[number]) => (facts.counts["backend SERVER"] ?? 0) > 1;
  tell(
    "repeated",
    found,
    found.filter(isRepeated),
    tolerated.traces,
    "orders reach the kitchen more than once",
  );
  const off = ({ facts }: (typeof found)[number]) =>
    Object.values(facts.shiftMs).some((it) => Math.abs(it) > wrongTimeMs);
  tell(
    "wrong-times",
    found,
    found.filter(off),
    tolerated.traces,
    "traces have spans from another time than their call",
  );
  tell(
    "leak",
    found,
    found.filter(({ facts }) => facts.leaks.length > 0),
    0,
    "stored traces have a card number in them",
  );
  const whole = found.filter((it) => it.code === "ok" && !isRepeated(it));
  const broken = whole.filter(({ facts }) => facts.findings.length > 0);
  tell("broken", whole, broken, tolerated.traces, "traces of calls that went well are not in one piece");
  return alerts;
}

/** How many calls and whole traces it takes to say that it is over. */
const enough = { calls: 30, traces: 10 };

/** Whether traces prove that all is well: enough fresh calls went well, and their traces are there and whole. */
export function isOver(window: Window, slowMs: number): boolean {
  const whole = window.traces.filter(({ facts }) => facts?.findings.length === 0);
  return (
    alertsOf(window, slowMs).length === 0 &&
    window.calls.length >= enough.calls &&
    whole.length >= enough.traces
  );
}
