import * as z from "zod";
import { UnlikeContract } from "../contracts.ts";
import type { CheckGrade } from "../grade.ts";
import { missed } from "../grade.ts";
import { alertCheck, runAlert } from "./alert.ts";
import { browserCheck, runBrowser } from "./browser.ts";
import { commandCheck, runCommand } from "./command.ts";
import type { CheckContext } from "./context.ts";
import { toGrade } from "./context.ts";
import { keptCheck, runKept } from "./kept.ts";
import { linkedCheck, runLinked } from "./linked.ts";
import { logsCheck, runLogs } from "./logs.ts";
import { metricsCheck, runMetrics } from "./metrics.ts";
import { namesCheck, runNames } from "./names.ts";
import { outageCheck, runOutage } from "./outage.ts";
import { overloadCheck, runOverload } from "./overload.ts";
import { questionsCheck, runQuestions } from "./questions.ts";
import { receivedCheck, runReceived } from "./received.ts";
import { restartCheck, runRestart } from "./restart.ts";
import { runShares, sharesCheck } from "./shares.ts";
import { beginTraces, tracesCheck } from "./traces.ts";

// A new kind of check is a file beside this one with its schema and what runs it, and a line in both places below.

/** What an exercise checks. Where no kind is said, it makes calls and looks at their traces. */
export const checkSchema = z.preprocess(
  (it) => (typeof it === "object" && it !== null && !("kind" in it) ? { kind: "traces", ...it } : it),
  z.discriminatedUnion("kind", [
    tracesCheck,
    questionsCheck,
    sharesCheck,
    commandCheck,
    keptCheck,
    linkedCheck,
    logsCheck,
    receivedCheck,
    alertCheck,
    namesCheck,
    outageCheck,
    overloadCheck,
    browserCheck,
    restartCheck,
    metricsCheck,
  ]),
);
export type Check = z.infer<typeof checkSchema>;

/**
 * Begins one check of an exercise on the running mesh, and returns what waits for its verdict: of checks of traces that is what
 * comes after their calls, so that other calls can be made meanwhile; all others are over by then.
 */
export async function beginCheck(check: Check, context: CheckContext): Promise<() => Promise<CheckGrade>> {
  try {
    if (check.kind === "traces") return await beginTraces(check, context);
    const grade = await run(check, context);
    return async () => grade;
  } catch (error) {
    if (!(error instanceof UnlikeContract)) throw error;
    // Whatever kind of check it is: contracts are the learner's, so this is a verdict and no failure of the lab.
    const item = missed("your contracts have the call", error.message, {
      code: "call.contract",
      edge: check.name,
    });
    return async () => toGrade(check.name, [item], [], []);
  }
}

/** Runs one check of an exercise on the running mesh. */
export async function runCheck(check: Check, context: CheckContext): Promise<CheckGrade> {
  return (await beginCheck(check, context))();
}

function run(check: Exclude<Check, { kind: "traces" }>, context: CheckContext): Promise<CheckGrade> {
  switch (check.kind) {
    case "questions":
      return runQuestions(check, context);
    case "shares":
      return runShares(check, context);
    case "command":
      return runCommand(check, context);
    case "kept":
      return runKept(check, context);
    case "linked":
      return runLinked(check, context);
    case "logs":
      return runLogs(check, context);
    case "received":
      return runReceived(check, context);
    case "alert":
      return runAlert(check, context);
    case "names":
      return runNames(check, context);
    case "outage":
      return runOutage(check, context);
    case "browser":
      return runBrowser(check, context);
    case "overload":
      return runOverload(check, context);
    case "restart":
      return runRestart(check, context);
    case "metrics":
      return runMetrics(check, context);
  }
}
