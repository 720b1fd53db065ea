import type { Fault, Injection, SpanPromise } from "./fault.ts";
import type { HopName } from "./hops.ts";
import { hopNames } from "./hops.ts";
import { whyNoClock } from "./move-clock.ts";
import {
  lostByEnvoysWaiting,
  lostByEnvoyTold,
  lostByFullCollector,
  lostByFullTempo,
  lostByTempo,
  lostWith,
  nothingLost,
} from "./promises.ts";
import { whyNoDisk } from "./small-disk.ts";

const envoys = ["edge", "gateway-proxy", "backend-proxy"] as const;
const services = ["gateway", "backend"] as const;
const telemetry = ["otel-collector", "tempo"] as const;

/** What a call may say that was cut off, and what one that took too long. */
const away = ["unavailable"];
const slow = ["unavailable", "deadline_exceeded"];

const once = { min: 1, max: 1 };
const never = { min: 0, max: 0 };
const maybe = { min: 0, max: 1 };

function isTelemetry(part: string): boolean {
  return telemetry.some((it) => it === part);
}

/** What is promised of spans when a part ends without notice. */
function whenItDies(part: string): SpanPromise {
  if (part === "otel-collector") return nothingLost;
  return part === "tempo" ? lostByTempo : lostWith(part);
}

/** What is promised of spans when a part is told to end. */
function whenItIsToldToEnd(part: string): SpanPromise {
  return envoys.some((it) => it === part) ? lostByEnvoyTold(part) : nothingLost;
}

/** Faults of one part. Calls do not know the Collector or Tempo, so none fails for them. */
function ofPart(part: string): Fault[] {
  const codes = isTelemetry(part) ? [] : away;
  const dies = { at: part, mayFailWith: codes, restarts: once, isInStage: true };
  return [
    { name: `${part}: kill -9`, ...dies, inject: { signal: "SIGKILL" }, spans: whenItDies(part) },
    {
      name: `${part}: SIGTERM`,
      ...dies,
      inject: { signal: "SIGTERM" },
      spans: whenItIsToldToEnd(part),
      // One sidecar and one service tell of both. Tempo 2.8 may take more than a minute: it waits for a part of its own that
      // does not end, until it is taken for dead.
      isInStage: !["backend-proxy", "backend", "tempo"].includes(part),
    },
    {
      name: `${part}: SIGSTOP for 10 s`,
      at: part,
      inject: { pauseForMs: 10_000 },
      mayFailWith: isTelemetry(part) ? [] : slow,
      spans: nothingLost,
      restarts: never,
      isInStage: ["gateway", "backend-proxy", ...telemetry].includes(part),
    },
    {
      name: `${part}: no more memory`,
      at: part,
      inject: { noMemoryForMs: 3_000 },
      mayFailWith: isTelemetry(part) ? [] : slow,
      spans: whenItDies(part),
      restarts: maybe,
      isInStage: ["gateway", "otel-collector"].includes(part),
      ...(process.platform === "linux"
        ? {}
        : { whyNot: "memory is taken away with prlimit, which Linux has" }),
    },
  ];
}

/** The hops of which the stage tries every fault: one of calls, and both of spans. */
const staged: readonly HopName[] = [
  "gateway-proxy > backend-proxy",
  "senders > otel-collector",
  "otel-collector > tempo",
];

function ofHop(hop: HopName): Fault[] {
  const isOfSpans = isTelemetry(hop.split(" > ")[1] ?? "");
  const row = (what: string, inject: Injection, codes: readonly string[]): Fault => ({
    name: `${hop}: ${what}`,
    at: hop,
    inject,
    mayFailWith: isOfSpans ? [] : codes,
    spans: nothingLost,
    restarts: never,
    isInStage: staged.includes(hop),
  });
  return [
    row("slow", { toxic: { kind: "slow", delayMs: 200 }, forMs: 4_000 }, []),
    row("reset", { toxic: { kind: "reset", everyMs: 300 }, forMs: 4_000 }, away),
    row("cut off half way", { toxic: { kind: "cut", afterBytes: 700 }, forMs: 4_000 }, away),
  ];
}

function ofDisk(part: string): Fault {
  const whyNot = whyNoDisk();
  const isTempo = part === "tempo";
  return {
    name: `${part}: disk full`,
    at: part,
    // Tempo is stopped meanwhile, and what comes late in it has to show that it then waits.
    inject: { diskFullForMs: isTempo ? 8_000 : 5_000 },
    mayFailWith: [],
    spans: isTempo ? lostByFullTempo : lostByFullCollector,
    restarts: isTempo ? never : maybe,
    isInStage: true,
    ...(whyNot ? { whyNot } : {}),
  };
}

function ofClock(part: string): Fault {
  const whyNot = whyNoClock();
  return {
    name: `${part}: clock jumps an hour`,
    at: part,
    inject: { clockAheadForMs: 3_000 },
    mayFailWith: [],
    spans: nothingLost,
    restarts: never,
    isInStage: ["edge", "gateway", "tempo"].includes(part),
    ...(whyNot ? { whyNot } : {}),
  };
}

/** The Collector stays away for longer than Envoys wait, and than services used to. */
const outage: Fault = {
  name: "otel-collector: away for 72 s",
  at: "otel-collector",
  inject: { awayForMs: 72_000 },
  mayFailWith: [],
  spans: lostByEnvoysWaiting,
  restarts: maybe,
  isInStage: false,
};

/** More calls than the mesh can carry: it refuses some, and neither ends nor forgets any. */
const tooManyCalls: Fault = {
  name: "edge: three times the load that saturates",
  at: "edge",
  inject: { overload: 3, forMs: 8_000 },
  mayFailWith: [...slow, "resource_exhausted"],
  spans: nothingLost,
  restarts: never,
  // Node collects the garbage of idle processes late, if ever.
  keepsMemory: true,
  isInStage: true,
};

const parts = [...envoys, ...services, ...telemetry];

/** Every fault that is tried, with what is promised under it. */
export const faults: readonly Fault[] = [
  ...parts.flatMap(ofPart),
  ...hopNames.flatMap(ofHop),
  ...telemetry.map(ofDisk),
  ...parts.map(ofClock),
  outage,
  tooManyCalls,
];
