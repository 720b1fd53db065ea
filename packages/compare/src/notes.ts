import { duration } from "@envoy-mesh-lab/trace";
import type { SampleReport } from "./report.ts";

/** What the figures alone do not tell, in sentences. */
export function notesOf({ notes: it, traces }: Pick<SampleReport, "notes" | "traces">): string[] {
  const inAll = traces > 1 ? "in all, " : "";
  const inSum = (ns: number) => `${duration(ns)} in all`;
  const told: [boolean, string][] = [
    [
      it.detached > 0,
      `${spans(it.detached)} below another root or a missing parent took no part (${inSum(it.detachedNs)}): \`check\` says where the trace breaks.`,
    ],
    [
      it.joined > 0,
      `${spans(it.joined)} whose parent is missing ${it.joined === 1 ? "counts as a step" : "count as steps"} of that parent, which is taken to last from the first of them to the last; it may have lasted longer.`,
    ],
    [
      it.rejoined > 0,
      `${servers(it.rejoined)} whose parent is missing ${it.rejoined === 1 ? "counts as called by the only proxy of its trace" : "count as called by the only proxy of each trace"} that has no span below it: the proxy's CLIENT span did not arrive.`,
    ],
    [
      it.asynchronous > 0,
      `${calls(it.asynchronous)} that no caller waited for took no share of the time until the answer.`,
    ],
    [
      it.beside > 0,
      `${calls(it.beside)} (${inSum(it.besideNs)}) ran in parallel with others that returned later, and took no share of the time until the answer.`,
    ],
    [
      it.adopted > 0,
      `${servers(it.adopted)} ${it.adopted === 1 ? "stands beside the CLIENT span that it answers, and counts as below it" : "stand beside the CLIENT spans that they answer, and count as below them"}${it.guessed > 0 ? `; for ${it.guessed} of them, several CLIENT spans would do` : ""}.`,
    ],
    [
      it.laidOut > 0,
      `${servers(it.laidOut)} (${inSum(it.laidOutNs)}) on other clocks than their caller's ${it.laidOut === 1 ? "has" : "have"} no CLIENT span above, so that nothing says when: ${it.laidOut === 1 ? "it counts as one after the other calls, and may have run in parallel with them" : "they count as one after the other, and may have run in parallel"}.`,
    ],
    [
      it.crowded > 0,
      `${servers(it.crowded)} (${inSum(it.crowdedNs)}) on other clocks than their caller's ${it.crowded === 1 ? "has no CLIENT span above, and its caller had no time left for it beside its other calls: it counts as parallel to them" : "have no CLIENT spans above, and together they took longer than their caller: they count as parallel"}.`,
    ],
    [
      it.streamed > 0,
      `${it.streamed === 1 ? "1 CLIENT span" : `${it.streamed} CLIENT spans`} ended while the answer was still being sent, as the answering side says: ${it.streamed === 1 ? "it counts" : "they count"} until it had been (${inSum(it.streamedNs)}).`,
    ],
    [
      it.excessNs > 0,
      `${inAll}SERVER spans took ${duration(it.excessNs)} longer than the CLIENT spans that they answer, so the network between the two counts as 0.`,
    ],
    [
      it.outlivedNs > 0,
      `${inAll}calls went on for ${duration(it.outlivedNs)} after the span that made them had ended, which counts as nobody's time.`,
    ],
    [
      it.outside > 0,
      `${servers(it.outside)} on another clock than their caller's ${it.outside === 1 ? "lies" : "lie"} outside of the ${it.outside === 1 ? "CLIENT span" : "CLIENT spans"} above by the two clocks (${inSum(it.outsideNs)}), and ${it.outside === 1 ? "counts" : "count"} as inside: between clocks only durations count. \`check\` says whether the clocks differ.`,
    ],
    [
      it.unseenQueue > 0,
      `${messages(it.unseenQueue)} taken up before ${it.unseenQueue === 1 ? "it was" : "they were"} sent, by the clocks of the two machines, which cannot be: ${it.unseenQueue === 1 ? "it counts" : "they count"} as taken up at once, so the time until the last span is at least what is reported.`,
    ],
    [
      it.queued > 0,
      `${messages(it.queued)} taken up on another clock than sent: how long ${it.queued === 1 ? "it" : "they"} waited (${inSum(it.queuedNs)}) is what the two clocks say, and wrong by as much as they differ.`,
    ],
    [it.negative > 0, `${spans(it.negative)} that end before they start count as 0.`],
    [
      it.untimed > 0,
      `${spans(it.untimed)} without a start or an end count as 0; the time beside their calls is unknown.`,
    ],
  ];
  return told
    .filter(([holds]) => holds)
    .map(([, text]) => text.replace(/^./, (first) => first.toUpperCase()));
}

/** What mixed hops hold, and what would tell it apart, in sentences. */
export function mixturesOf({ hops }: Pick<SampleReport, "hops">): string[] {
  return hops.flatMap((it) => (it.mixture === undefined ? [] : [`Mixed ${it.label}: ${it.mixture}.`]));
}

function messages(count: number): string {
  return count === 1 ? "1 message was" : `${count} messages were`;
}

function calls(count: number): string {
  return count === 1 ? "1 call" : `${count} calls`;
}

function servers(count: number): string {
  return count === 1 ? "1 SERVER span" : `${count} SERVER spans`;
}

function spans(count: number): string {
  return count === 1 ? "1 span" : `${count} spans`;
}
