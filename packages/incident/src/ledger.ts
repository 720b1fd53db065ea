import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { EventRecord, LedgerRecord } from "./record.ts";

/** Adds to a ledger. Several processes may: a line is written at once. */
export function append(ledger: string, ...records: readonly LedgerRecord[]): void {
  mkdirSync(dirname(ledger), { recursive: true });
  appendFileSync(ledger, records.map((it) => `${JSON.stringify(it)}\n`).join(""));
}

/** Notes that something happened. */
export function note(ledger: string, what: EventRecord["what"], text: string, at = Date.now()): void {
  append(ledger, { is: "event", at, what, text });
}

/** All that was noted, in the order in which it was. A line that was cut off when its writer was killed is left out. */
export function readLedger(ledger: string): LedgerRecord[] {
  if (!existsSync(ledger)) return [];
  return readFileSync(ledger, "utf8")
    .split("\n")
    .flatMap((line) => {
      try {
        return line === "" ? [] : [JSON.parse(line) as LedgerRecord];
      } catch (error) {
        if (error instanceof SyntaxError) return [];
        throw error;
      }
    });
}
