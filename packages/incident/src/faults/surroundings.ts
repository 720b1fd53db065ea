import type { Fault } from "../fault.ts";
import { between, byTrace } from "./seen.ts";

/** What is wrong with what the parts stand on: the network between them, and their machines' clocks. No file tells of it. */
export const surroundingFaults: readonly Fault[] = [
  {
    area: "network",
    place: "gateway-proxy-to-backend-proxy",
    cause: "link-slow",
    change: { link: "gateway-proxy-to-backend-proxy", toxic: { kind: "slow", delayMs: 220 } },
    alert: "slow",
    story: "What is sent between the two sidecars takes 220 ms each way.",
    shownBy: byTrace(
      (it) => between(it, "gateway-proxy outbound CLIENT", "backend-proxy inbound SERVER") > 250,
    ),
    look: [
      { command: "lab compare last --explain", tells: "the network between the two sidecars has the time" },
      { command: "lab trace last", tells: "a CLIENT span that is much longer than the SERVER span below it" },
    ],
  },
  {
    area: "clock",
    place: "gateway",
    cause: "clock-wrong",
    change: { machine: "gateway", aheadMs: 7 * 60_000 },
    alert: "wrong-times",
    story: "The clock of the gateway's machine is seven minutes ahead.",
    shownBy: byTrace(({ shiftMs }) => (shiftMs.gateway ?? 0) > 60_000),
    look: [
      {
        command: "lab trace last",
        tells: "a trace that seems to take minutes, with the gateway's spans at its end",
      },
      { command: "lab check last", tells: "the gateway's clock, by how much it is off" },
    ],
  },
  {
    area: "clock",
    place: "backend",
    cause: "clock-wrong",
    change: { machine: "backend", aheadMs: -90_000 },
    alert: "wrong-times",
    story:
      "The clock of the backend's machine is a minute and a half behind, so that drinks are ready before they are ordered.",
    shownBy: byTrace(({ shiftMs }) => (shiftMs.backend ?? 0) < -30_000),
    look: [
      { command: "lab trace last", tells: "a span that begins before its parent" },
      { command: "lab check last", tells: "the backend's clock, by how much it is off" },
    ],
  },
];
