import { context as contexts, ROOT_CONTEXT } from "@opentelemetry/api";
import type { Logger } from "./logger.ts";
import type { SpanCounts } from "./span-counts.ts";
import type { RefusedSpans } from "./span-delivery.ts";
import { shortened } from "./text.ts";

/** Tells of the Collector's outages, and of what it does not take while it is there. */
export interface OutageLog {
  /** Takes the result of one export: the error, or undefined when it went well. */
  report(error: Error | undefined): void;
  /** Takes spans that the Collector refused for themselves. */
  refused(spans: RefusedSpans): void;
}

/** How many names of refused spans are logged, each once: enough to find who makes them, and no flood. */
const maxNamesTold = 100;
/** Longest name of a span, and longest reason of the Collector's, that are logged, in characters. */
const [longestName, longestReason] = [100, 500];

/**
 * Makes a log of outages that has one line when an outage begins and one when it is over, however many
 * batches fail in between; and one for each name of spans that are refused.
 */
export function createOutageLog(log: Logger, endpoint: string, counts: () => SpanCounts): OutageLog {
  let down = false;
  const told = new Set<string>();
  return {
    // Exports run in the context of whichever span happened to start the timer; the lines are not about it.
    report: (error) => contexts.with(ROOT_CONTEXT, () => note(error)),
    refused: (spans) => contexts.with(ROOT_CONTEXT, () => noteRefused(spans)),
  };

  function note(error: Error | undefined): void {
    if (error !== undefined && !down) {
      down = true;
      log.warn(
        { endpoint, reason: shortened(error.message, longestReason), spans: counts() },
        "the Collector does not take spans; the service goes on, spans may be lost until it is back",
      );
    } else if (error === undefined && down) {
      down = false;
      log.info({ endpoint, spans: counts() }, "the Collector takes spans again");
    }
  }

  function noteRefused({ kind, count, name, bytes, reason }: RefusedSpans): void {
    const key = `${kind} ${name}`;
    if (told.has(key) || told.size >= maxNamesTold) {
      return;
    }
    told.add(key);
    log.warn(
      {
        endpoint,
        span: shortened(name, longestName),
        count,
        bytes,
        reason: shortened(reason, longestReason),
      },
      kind === "tooLarge"
        ? "the Collector does not take a span of this size; it is dropped and counted, others of this name are not logged"
        : "the Collector took a batch but for some of its spans; they are lost and counted, others are not logged",
    );
  }
}
