/**
 * Runs the conformance suite of Connect over a connect-es server and a connect-es client, each bare and with our
 * interceptors, by code, from outside, and by the small entry for clients, and compares: `npm run conformance -w packages/otelconnect`.
 */
import { LabError } from "@envoy-mesh-lab/trace";
import { compareRuns, problemsOf, summarize } from "./compare.ts";
import { ensureSuite } from "./suite.ts";

try {
  const suite = await ensureSuite(progress);
  for (const side of ["server", "client"] as const) {
    const comparisons = await compareRuns(suite, side);
    for (const [way, comparison] of comparisons) {
      if (way === "by code") {
        console.log(`${side}, bare:                              ${summarize(comparison.bare)}`);
      }
      console.log(`${side}, with interceptors ${way.padEnd(16)} ${summarize(comparison.traced)}`);
      for (const problem of problemsOf(comparison)) {
        console.log(`  ${problem.replaceAll("\n", "\n  ")}`);
        process.exitCode = 1;
      }
    }
  }
} catch (error) {
  if (!(error instanceof LabError)) throw error;
  console.error(`conformance: ${error.message}\n  ${error.hint}`);
  process.exitCode = error.exitCode;
}

/** The build's last line, rewritten on a terminal; elsewhere nothing, as it would be a line a package. */
function progress(text: string): void {
  if (process.stderr.isTTY) {
    process.stderr.write(`\r\x1b[2K${text.slice(0, (process.stderr.columns ?? 80) - 1)}`);
  }
}
