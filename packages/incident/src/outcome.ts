import type { Alert } from "./alerts.ts";
import { alertsOf, isOver, slowAfter, windowAt } from "./alerts.ts";
import type { Fault } from "./fault.ts";
import type { CallRecord, EventRecord, LedgerRecord } from "./record.ts";
import type { Score } from "./score.ts";
import { scoreOf } from "./score.ts";
import { faultsOf } from "./standing.ts";
import type { IncidentState } from "./state.ts";

/** A moment of an incident. */
export interface Moment {
  /** Milliseconds since it began; negative before that. */
  readonly afterMs: number;
  /** "seen": what could have been seen from then on, for who had looked. */
  readonly is: EventRecord["what"] | "seen";
  readonly text: string;
  /** The command that would have shown it. */
  readonly command?: string;
}

/** What came of an incident so far, or in the end. */
export interface Outcome {
  readonly calls: number;
  readonly failed: number;
  /** From the beginning of the faults to its end, or to now, in milliseconds. */
  readonly durationMs: number;
  /** The alerts that ring. */
  readonly alerts: readonly Alert[];
  readonly isOver: boolean;
  readonly score: Score;
}

/** Sums up. Pure, but for `now`, at which it is looked. */
export function outcomeOf(state: IncidentState, records: readonly LedgerRecord[], now: number): Outcome {
  const { faultAt = now, endedAt = now } = state;
  const at = Math.min(now, endedAt);
  const all = records.filter((it): it is CallRecord => it.is === "call");
  const slowMs = slowAfter(all.filter((it) => it.at < faultAt));
  const calls = all.filter((it) => it.at >= faultAt && it.at <= at);
  const failed = calls.filter(({ code }) => code !== "ok").length;
  const window = windowAt(records, at, faultAt);
  const over = state.faultAt !== undefined && isOver(window, slowMs);
  return {
    calls: calls.length,
    failed,
    durationMs: at - faultAt,
    alerts: alertsOf(window, slowMs),
    isOver: over,
    score: scoreOf({ state, failed, isOver: over }),
  };
}

/** When a fault could be seen first; undefined when it never could. */
function firstSeen(
  { shownBy }: Fault,
  records: readonly LedgerRecord[],
  faultAt: number,
): number | undefined {
  return records.find((it) => {
    const callAt = it.is === "trace" ? it.callAt : it.at;
    return it.is !== "event" && callAt >= faultAt && shownBy(it);
  })?.at;
}

/** What happened, beside what could have been seen when; by time. Pure. */
export function timelineOf(state: IncidentState, records: readonly LedgerRecord[]): Moment[] {
  const { faultAt } = state;
  if (faultAt === undefined) return [];
  const happened = records.flatMap((it): Moment[] =>
    it.is === "event" ? [{ afterMs: it.at - faultAt, is: it.what, text: it.text }] : [],
  );
  const seen = faultsOf(state).flatMap((fault): Moment[] => {
    const at = firstSeen(fault, records, faultAt);
    const [look] = fault.look;
    return at === undefined || look === undefined
      ? []
      : [{ afterMs: at - faultAt, is: "seen", text: look.tells, command: look.command }];
  });
  return [...happened, ...seen].sort((a, b) => a.afterMs - b.afterMs);
}
