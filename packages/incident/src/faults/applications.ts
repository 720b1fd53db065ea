import type { Fault } from "../fault.ts";
import { between, byCall, byTrace, has } from "./seen.ts";

const calls = "gateway/src/kitchen-calls.ts";
const patience = "gateway/src/patience.ts";
const brewing = "backend/src/brewing.ts";

/** What is wrong in the code of the two services. */
export const applicationFaults: readonly Fault[] = [
  {
    area: "application",
    place: "gateway",
    cause: "slow-code",
    change: { edits: [{ file: calls, from: "const loyaltyMs = 2;", to: "const loyaltyMs = 900;" }] },
    alert: "slow",
    story:
      "The gateway asks the loyalty programme before each call to the kitchen, and that takes 900 ms. No span tells of it: it is the own time of the gateway's SERVER span, before its CLIENT span begins.",
    shownBy: byTrace((it) => between(it, "gateway SERVER", "gateway CLIENT") > 600),
    look: [
      { command: "lab compare last --explain", tells: "the gateway itself has most of the time" },
      { command: "lab trace last", tells: "a gap between the gateway's SERVER span and its CLIENT span" },
    ],
  },
  {
    area: "application",
    place: "gateway",
    cause: "context-not-sent",
    change: { edits: [{ file: calls, from: "/^x-guest-/", to: "/^(x-guest-|trace)/" }] },
    alert: "broken",
    story:
      "What keeps headers about guests from the kitchen takes traceparent and tracestate out too, so that the next proxy begins a trace of its own.",
    shownBy: byTrace(
      (it, code) =>
        code === "ok" &&
        has(it, "gateway CLIENT") &&
        !has(it, "gateway-proxy outbound SERVER") &&
        !has(it, "backend SERVER"),
    ),
    look: [
      { command: "lab check last", tells: "the trace ends at the gateway's CLIENT span" },
      { command: "lab traces", tells: "two traces for each call: one of the café, one of the kitchen" },
    ],
  },
  {
    area: "application",
    place: "gateway",
    cause: "timeout-too-short",
    change: { edits: [{ file: patience, from: "const patienceMs = 5_000;", to: "const patienceMs = 70;" }] },
    alert: "failing",
    story:
      "The gateway waits 70 ms for the kitchen, and some drinks take longer. The deadline goes along in the headers, so the kitchen is cut off as well.",
    shownBy: byCall((it) => it.code === "deadline_exceeded" && it.ms < 2_000),
    look: [
      { command: "lab check last", tells: "the application gave up before anybody else, and after how long" },
      { command: "lab logs gateway", tells: "deadline_exceeded, after the same time again and again" },
    ],
  },
  {
    area: "application",
    place: "backend",
    cause: "fails-on-input",
    change: { edits: [{ file: brewing, from: "const scaleGrams = 5_000;", to: "const scaleGrams = 200;" }] },
    alert: "failing",
    story: "The scale goes to 200 g, and a chai weighs 206 g. All other drinks are well.",
    shownBy: byCall((it) => it.code === "internal" && it.drink === "chai"),
    look: [
      { command: "lab trace last", tells: "the innermost span that is an error is the backend's own" },
      { command: "lab call --drink chai", tells: "only this drink fails, each time" },
      { command: "lab logs backend", tells: "the error itself" },
    ],
  },
  {
    area: "application",
    place: "backend",
    cause: "context-not-read",
    change: {
      edits: [
        {
          file: "backend/src/main.ts",
          from: "createServerInterceptor()",
          to: "createServerInterceptor({ trustRemote: false })",
        },
      ],
    },
    alert: "broken",
    story:
      "The backend trusts nobody's trace context, as a public edge would. Its spans are traces of their own, with a link to where they belong.",
    shownBy: byTrace(
      (it, code) => code === "ok" && has(it, "backend-proxy inbound CLIENT") && !has(it, "backend SERVER"),
    ),
    look: [
      { command: "lab check last", tells: "all hops are there but the backend's" },
      { command: "lab traces", tells: "the kitchen's RPCs are traces of one span" },
    ],
  },
];
