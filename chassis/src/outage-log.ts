import { context as contexts, ROOT_CONTEXT } from "@opentelemetry/api";
import type { Logger } from "./logger.ts";
import type { SpanCounts } from "./span-ledger.ts";

/** Tells of the Collector's outages. */
export interface OutageLog {
  /** Takes the result of one export: the error, or undefined when it went well. */
  report(error: Error | undefined): void;
}

/**
 * Makes a log of outages that has one line when an outage begins and one when it is over, however many
 * batches fail in between.
 */
export function createOutageLog(log: Logger, endpoint: string, counts: () => SpanCounts): OutageLog {
  let down = false;
  return {
    // Exports run in the context of whichever span happened to start the timer; the lines are not about it.
    report: (error) => contexts.with(ROOT_CONTEXT, () => note(error)),
  };

  function note(error: Error | undefined): void {
    if (error !== undefined && !down) {
      down = true;
      log.warn(
        { endpoint, reason: error.message, spans: counts() },
        "the Collector does not take spans; the service goes on, spans may be lost until it is back",
      );
    } else if (error === undefined && down) {
      down = false;
      log.info({ endpoint, spans: counts() }, "the Collector takes spans again");
    }
  }
}
