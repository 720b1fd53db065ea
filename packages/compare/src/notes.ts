import { duration } from "@envoy-mesh-lab/trace";
import type { SampleReport } from "./report.ts";

/** What the figures alone do not tell, in sentences. */
export function notesOf({ notes: it, traces }: Pick<SampleReport, "notes" | "traces">): string[] {
  const inAll = traces > 1 ? "in all, " : "";
  const told: [boolean, string][] = [
    [
      it.detached > 0,
      `${spans(it.detached)} below another root or a missing parent took no part: \`lab check\` tells where the trace breaks.`,
    ],
    [
      it.asynchronous > 0,
      `${it.asynchronous} ${it.asynchronous === 1 ? "call" : "calls"} that nobody waited for took no share.`,
    ],
    [
      it.excessNs > 0,
      `${inAll}answers took ${duration(it.excessNs)} longer than the calls that they answer; those legs count as 0.`,
    ],
    [
      it.outlivedNs > 0,
      `${inAll}spans went on for ${duration(it.outlivedNs)} after the span above them had ended, which counts as nobody's time.`,
    ],
    [it.negative > 0, `${spans(it.negative)} that end before they start count as 0.`],
  ];
  return told
    .filter(([holds]) => holds)
    .map(([, text]) => text.replace(/^./, (first) => first.toUpperCase()));
}

function spans(count: number): string {
  return count === 1 ? "1 span" : `${count} spans`;
}
