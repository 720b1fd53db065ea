import { labParts } from "../lab-parts.ts";
import type { Mesh } from "../runtime/mesh.ts";
import { readLedger } from "./gather.ts";
import type { Ledger } from "./ledger.ts";
import { vanishedSpans } from "./losses.ts";

/** The parts whose logs do not say that a request passed. */
const ofStorage = new Set<string>(
  [labParts.collector, labParts.tempo, labParts.tempoItself].map(({ service }) => service),
);

/** Says where a trace that is not in Tempo was seen last, and what to look at next. */
export async function diagnose(traceId: string, mesh: Mesh): Promise<string> {
  const { runtime } = mesh;
  if (runtime === undefined) {
    return "no mesh that `lab up` started has these addresses, so its parts cannot be asked where the trace was seen last; the log of its Collector may say more";
  }
  // Tempo's own log names every trace that it was asked for.
  const carriers = mesh.services.filter(({ name }) => !ofStorage.has(name));
  const logs = await Promise.all(
    carriers.map(async ({ name }) => ({ name, text: await runtime.readLog(name) })),
  );
  const loggedBy = logs.filter(({ text }) => text.includes(traceId)).map(({ name }) => name);
  return explainMissing(loggedBy, await readLedger(runtime));
}

/**
 * Follows the way of the spans, from the requests to Tempo, to the first place that does not pass them on.
 *
 * @param loggedBy the parts whose logs know the trace.
 */
export function explainMissing(loggedBy: string[], ledger: Ledger): string {
  if (loggedBy.length === 0) {
    return "no log knows this trace id: no request of this mesh had it";
  }
  const seen = `seen last in the logs of ${loggedBy.join(", ")}`;
  if (ledger.collector === undefined) {
    const waiting = Object.entries(ledger.services).flatMap(([name, it]) =>
      it && it.queued + it.failed > 0
        ? [`${name} has ${it.queued} spans waiting and ${it.failed} given up`]
        : [],
    );
    return [
      `${seen}; the Collector does not answer`,
      ...waiting,
      "see `lab status` and `lab logs otel-collector`",
    ].join("\n");
  }
  const lost = [
    ...Object.entries(ledger.services).flatMap(([name, it]) => [
      ...(it && it.failed + it.dropped > 0
        ? [`${name} gave up ${it.failed} spans and dropped ${it.dropped}`]
        : []),
      ...(it && it.tooLarge > 0
        ? [`${name} had ${it.tooLarge} spans that the Collector found too large`]
        : []),
    ]),
    ...Object.entries(ledger.envoys).flatMap(([name, it]) => [
      ...(it && it.dropped > 0 ? [`${name} dropped ${it.dropped} spans`] : []),
      ...(it && it.exportsFailed > 0 ? [`${name} gave up ${it.exportsFailed} exports`] : []),
    ]),
  ];
  const vanished = vanishedSpans(ledger.collector) ?? 0;
  const { accepted, sent, sendFailed, leftOut, tailSampled, queueSize, refused } = ledger.collector;
  if (ledger.tempo === undefined) {
    return `${seen}; the Collector accepted ${accepted} spans and has ${queueSize} bytes of spans waiting for Tempo, which does not answer\nsee \`lab logs tempo\``;
  }
  if (queueSize > 0 || sendFailed > 0) {
    return `${seen}; the Collector accepted ${accepted} spans and handed on ${sent}, with ${queueSize} bytes waiting and ${sendFailed} spans given up\nsee \`lab logs otel-collector\``;
  }
  if (tailSampled > 0) {
    return `${seen}; the Collector chooses among whole traces (tail_sampling), and so may have left this one out: it has handed on ${sent} of ${accepted} spans\nsee the policies in its configuration; a trace that it has not decided on yet may still come`;
  }
  if (vanished > 0) {
    return `${seen}; the Collector has lost ${vanished} spans that it had accepted\nsee \`lab logs otel-collector\`; a full disk does that`;
  }
  if (leftOut > 0) {
    return `${seen}; the Collector has left out ${leftOut} of ${accepted} spans on purpose, by its filter or probabilistic_sampler, maybe these\nsee the processors in its configuration`;
  }
  if (refused > 0) {
    lost.push(`the Collector refused ${refused} spans for want of room, once for each try`);
  }
  if (lost.length > 0) {
    return [`${seen}; spans were lost on their way to the Collector`, ...lost].join("\n");
  }
  return `${seen}; the Collector handed on all ${sent} spans that it accepted: the request was not sampled, or it had no valid trace context where it was logged`;
}
