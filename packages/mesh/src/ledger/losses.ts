import type { CollectorCounts, Ledger } from "./ledger.ts";

/**
 * Spans that the Collector has accepted, and neither handed on nor given up nor still has: a queue that cannot write to its
 * file (a full disk) drops what it reads from it, and no counter of the Collector's (0.161) says so. What it has accepted
 * since it started, as its counters begin anew then.
 *
 * @returns undefined while something waits, as the queue does not say how many spans that is, and where whole traces are left
 *   out on purpose (`tail_sampling`), as their spans are not counted.
 */
export function vanishedSpans({
  accepted,
  sent,
  sendFailed,
  leftOut,
  tailSampled,
  queueSize,
}: CollectorCounts): number | undefined {
  // What an earlier life of it had accepted is sent in this one, so there may be more sent than accepted.
  return queueSize > 0 || tailSampled > 0 ? undefined : Math.max(0, accepted - sent - sendFailed - leftOut);
}

/** Says, a line for each part, which spans it has lost or refused since it started. Nothing when all is well. */
export function describeLosses(ledger: Ledger): string[] {
  const lines: string[] = [];
  for (const [name, it] of Object.entries(ledger.services)) {
    const lost = it ? it.failed + it.dropped + it.tooLarge : 0;
    if (lost > 0) lines.push(`${name} lost ${lost} spans`);
  }
  for (const [name, it] of Object.entries(ledger.envoys)) {
    if (it && it.dropped > 0) lines.push(`${name} lost ${it.dropped} spans`);
    if (it && it.exportsFailed > 0) lines.push(`${name} gave up ${it.exportsFailed} exports of spans`);
  }
  const { collector, tempo } = ledger;
  if (collector) {
    const lost = collector.sendFailed + (vanishedSpans(collector) ?? 0);
    if (lost > 0) lines.push(`otel-collector lost ${lost} spans that it had accepted`);
    const refused = collector.refused + collector.failed;
    if (refused > 0) {
      lines.push(
        `otel-collector refused ${refused} spans, counted once for each try; who sends them tries again`,
      );
    }
  }
  for (const [reason, count] of Object.entries(tempo?.dropped ?? {})) {
    lines.push(`tempo dropped ${count} spans: ${reason}`);
  }
  if (tempo && tempo.unwritten > 0) {
    lines.push(
      `tempo could not write traces that it had taken, ${tempo.unwritten} times, and does not count their spans; lab logs tempo says why`,
    );
  }
  return lines;
}
