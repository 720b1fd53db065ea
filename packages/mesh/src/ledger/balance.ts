import { labParts } from "../lab-parts.ts";
import type { Ledger, TempoCounts } from "./ledger.ts";

/** What became of the spans of one sender between two readings of the ledger. */
export interface SenderBalance {
  readonly sender: string;
  /** False when another process answered the second time: what the first one had counted is gone with it. */
  readonly isSame: boolean;
  /** Sampled spans that ended. */
  readonly ended: number;
  /** Handed over: by a service those that the Collector took, by an Envoy those that went into an export. */
  readonly exported: number;
  /** Not even queued. */
  readonly dropped: number;
  /** Sent in vain and given up: spans of a service. Of an Envoy nobody counts these, see `exportsFailed`. */
  readonly failed: number;
  /** Refused by the Collector for their size, each alone: spans of a service. */
  readonly tooLarge: number;
  /** Wait, or are on their way. */
  readonly queued: number;
  /** Exports of an Envoy, of one or more spans each, that ended without the Collector's yes; its answer may be what was lost. */
  readonly exportsFailed: number;
}

/** What became of all spans between two readings of the ledger. */
export interface Balance {
  readonly senders: readonly SenderBalance[];
  /** Undefined when the Collector is another process now, or does not answer. */
  readonly collector?: {
    /** Taken. */
    readonly accepted: number;
    /** Turned away; the sender tries again. */
    readonly refused: number;
    readonly sent: number;
    /** Given up by the Collector. */
    readonly sendFailed: number;
    /** Bytes in its queue at the second reading. */
    readonly queued: number;
  };
  /** Undefined when Tempo is another process now, or does not answer. */
  readonly tempo?: {
    readonly received: number;
    /** Dropped, although the Collector was told that all is well. */
    readonly dropped: number;
  };
}

/**
 * Takes one reading of the ledger from a later one.
 *
 * @param isSame whether a part is the same process as at the first reading. Counters begin anew with each process, so of
 * another one all that it has counted is the difference.
 */
export function balance(before: Ledger, after: Ledger, isSame: (part: string) => boolean): Balance {
  const grown = <T extends Readonly<Record<keyof T, number>>>(
    part: string,
    later: T,
    earlier: T | undefined,
  ) => {
    const base = isSame(part) ? earlier : undefined;
    return (name: keyof T) => Number(later[name]) - Number(base?.[name] ?? 0);
  };
  const services = Object.entries(after.services).flatMap(([sender, counts]): SenderBalance[] => {
    if (counts === undefined) return [];
    const by = grown(sender, counts, before.services[sender]);
    return [
      {
        sender,
        isSame: isSame(sender) && before.services[sender] !== undefined,
        ended: by("ended"),
        exported: by("exported"),
        dropped: by("dropped"),
        failed: by("failed"),
        tooLarge: by("tooLarge"),
        queued: counts.queued,
        exportsFailed: 0,
      },
    ];
  });
  const envoys = Object.entries(after.envoys).flatMap(([sender, counts]): SenderBalance[] => {
    if (counts === undefined) return [];
    const by = grown(sender, counts, before.envoys[sender]);
    return [
      {
        sender,
        isSame: isSame(sender) && before.envoys[sender] !== undefined,
        ended: by("sent") + by("dropped"),
        exported: by("sent"),
        dropped: by("dropped"),
        failed: 0,
        tooLarge: 0,
        queued: 0,
        exportsFailed: by("exportsFailed"),
      },
    ];
  });
  const { collector, tempo } = after;
  const isCollectorSame =
    collector !== undefined && before.collector !== undefined && isSame(labParts.collector.service);
  const taken = isCollectorSame ? grown(labParts.collector.service, collector, before.collector) : undefined;
  return {
    senders: [...services, ...envoys],
    ...(collector && taken
      ? {
          collector: {
            accepted: taken("accepted"),
            refused: taken("refused") + taken("failed"),
            sent: taken("sent"),
            sendFailed: taken("sendFailed"),
            queued: collector.queueSize,
          },
        }
      : {}),
    ...(tempo && before.tempo && isSame(labParts.tempoItself.service)
      ? {
          tempo: {
            received: tempo.received - before.tempo.received,
            dropped: droppedBy(tempo) - droppedBy(before.tempo),
          },
        }
      : {}),
  };
}

/** Spans that Tempo has dropped, for whatever reason. */
function droppedBy({ dropped }: TempoCounts): number {
  return Object.values(dropped).reduce((sum, it) => sum + it, 0);
}

/**
 * Where the books do not add up once nothing is on its way any more; none when they do.
 *
 * Each service: ended = exported + dropped + failed + tooLarge. The Collector took at least what its senders say that it took, and
 * more by what they sent again because its answer was lost. What it took it has sent or given up. Tempo received at least
 * what the Collector says that it sent, and dropped none of it.
 *
 * @param lost how many spans are known to be lost. So many may be missing from a sum, as who loses spans may not count them.
 */
export function imbalances({ senders, collector, tempo }: Balance, lost = 0): string[] {
  const found: string[] = [];
  for (const { sender, isSame, ended, exported, dropped, failed, tooLarge, queued } of senders) {
    if (queued !== 0) {
      found.push(`${sender} still holds ${queued} spans`);
    }
    if (isSame && ended !== exported + dropped + failed + tooLarge + queued) {
      found.push(
        `${sender}: ${ended} ended are not ${exported} exported + ${dropped} dropped + ${failed} failed + ${tooLarge} too large`,
      );
    }
  }
  // What an Envoy handed to an export that failed may never have arrived.
  const isCertain = senders.every(({ isSame, exportsFailed }) => isSame && exportsFailed === 0);
  const exported = senders.reduce((sum, it) => sum + it.exported, 0);
  if (collector && isCertain && collector.accepted < exported - lost) {
    found.push(`the Collector took ${collector.accepted} spans, and its senders say ${exported}`);
  }
  if (collector && collector.queued !== 0) {
    found.push(`the Collector still holds ${collector.queued} bytes of spans`);
  }
  const open = collector && collector.accepted - collector.sent - collector.sendFailed;
  if (collector && open !== undefined && (open < 0 || open > lost)) {
    found.push(
      `the Collector took ${collector.accepted} spans, and has sent ${collector.sent} and given up ${collector.sendFailed}`,
    );
  }
  if (collector && tempo && tempo.received < collector.sent - lost) {
    found.push(`Tempo received ${tempo.received} spans, and the Collector says ${collector.sent}`);
  }
  if (tempo && tempo.dropped > lost) {
    found.push(`Tempo dropped ${tempo.dropped} spans that it had received`);
  }
  return found;
}
