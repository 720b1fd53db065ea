import type { LoadReport } from "./report.ts";

/** Something that a reader of the figures must know. */
export interface Note {
  /** A name for scripts. */
  readonly code:
    | "generator-late"
    | "generator-lag-grows"
    | "generator-busy"
    | "held-back"
    | "unsent"
    | "unanswered"
    | "failed-calls"
    | "few-calls";
  readonly message: string;
}

/** A lag of the generator's own that is less than this never matters, in milliseconds: it is one turn of a busy loop. */
const smallLagMs = 5;

/** A generator that is busy for more than this share of the time has no room to be on time. */
const busyShare = 0.8;

/** What must be known of a load besides its figures: above all, whether it was the load generator that was slow. */
export function notesOn(report: LoadReport): Note[] {
  const { latencyMs, serviceTimeMs, generatorLagMs, generatorLagQuartersMs } = report;
  const notes: Note[] = [];
  const add = (code: Note["code"], message: string) => notes.push({ code, message });
  if (latencyMs === undefined || serviceTimeMs === undefined || generatorLagMs === undefined) {
    return report.unanswered > 0 ? [unanswered(report)] : [];
  }
  const [first, last] = generatorLagQuartersMs;
  if (last > smallLagMs && last > 2 * first) {
    add(
      "generator-lag-grows",
      `the load generator is the bottleneck: it starts calls ever later (${ms(first)} at first, ${ms(last)} in the end), ` +
        "and the latency holds that; ask for a lower --rate",
    );
  } else if (generatorLagMs.p99 > Math.max(smallLagMs, latencyMs.p99 / 4)) {
    add(
      "generator-late",
      `the load generator itself was late (p99 ${ms(generatorLagMs.p99)}): the latency holds that; ` +
        "ask for a lower --rate, or look at the service time, and see what else this machine is busy with",
    );
  }
  if (report.heldBack > report.sent / 2 && report.generatorUtilization > busyShare) {
    add(
      "generator-busy",
      `the load generator may be the bottleneck: it was busy for ${(report.generatorUtilization * 100).toFixed(0)} % of the time, ` +
        "so it may have read answers late; ask for a lower --rate",
    );
  }
  if (report.heldBack > 0) {
    add(
      "held-back",
      `${report.heldBack} of ${report.sent} calls were held back by --max-in-flight; their latency counts from when they were due`,
    );
  }
  if (report.unsent > 0) {
    add(
      "unsent",
      `${report.unsent} calls that were due were never started, so the true latency is worse than the figures`,
    );
  }
  if (report.unanswered > 0) {
    notes.push(unanswered(report));
  }
  const failed = latencyMs.count - report.ok;
  if (failed > 0) {
    add("failed-calls", `the figures hold the ${failed} calls that failed, with the time until they did`);
  }
  // A percentile needs calls beyond it to be more than the slowest one by another name.
  if (latencyMs.count < 1000) {
    add(
      "few-calls",
      `${latencyMs.count} calls are too few for a p99.9${latencyMs.count < 100 ? " or a p99" : ""}: that is the slowest call`,
    );
  }
  return notes;
}

function unanswered(report: LoadReport): Note {
  return {
    code: "unanswered",
    message: `${report.unanswered} calls had not ended when the time was up; no figure knows of them`,
  };
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}
