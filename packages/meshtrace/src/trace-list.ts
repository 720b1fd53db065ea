import type { TraceLine } from "@envoy-mesh-lab/check";
import { duration, printable, textTable } from "@envoy-mesh-lab/trace";

/** Below this width RPCs are named without their service, and times are told to the second. */
const wideEnough = 110;

/** Which columns are cut where the width is not enough; `lab trace` tells the rest. */
const giving = [
  { column: 3, least: 6 },
  { column: 4, least: 5 },
  { column: 5, least: 7 },
];

/** Traces as a table, a line each. */
export function renderLines(lines: readonly TraceLine[], width: number): string {
  const isWide = width >= wideEnough;
  const rows = lines.map((it) => [
    timeOf(it.startNs).slice(0, isWide ? 12 : 8),
    it.traceId,
    duration(Number(it.durationNs)),
    printable(isWide ? it.rpc : (it.rpc.split("/").at(-1) ?? "")),
    printable(it.status),
    findingsInShort(it),
  ]);
  const heads = ["UTC", "TRACE", "TOOK", "RPC", "STATUS", "FINDING"];
  return textTable([heads, ...rows], ["left"], { width, giving }).join("\n");
}

/** The time of day in UTC, to the millisecond; a dash for a time that is none. */
function timeOf(ns: bigint): string {
  const date = new Date(Number(ns / 1_000_000n));
  return Number.isNaN(date.getTime()) ? "-" : date.toISOString().slice(11, 23);
}

function findingsInShort({ findings: [first, ...others] }: TraceLine): string {
  return first === undefined ? "-" : others.length === 0 ? first : `${first} +${others.length}`;
}
