/**
 * Runs the conformance suite of Connect over a connect-es server and a connect-es client, each bare and with our
 * interceptors, by code and from outside, and compares: `npm run conformance -w packages/otelconnect`.
 */
import { LabError } from "@envoy-mesh-lab/trace";
import { compareRuns, problemsOf, summarize, waysToTrace } from "./compare.ts";
import { ensureSuite } from "./suite.ts";

try {
  const suite = await ensureSuite(progress);
  for (const side of ["server", "client"] as const) {
    const comparisons = await compareRuns(suite, side);
    console.log(`${side}, bare:                           ${summarize(comparisons["by code"].bare)}`);
    for (const way of waysToTrace) {
      const comparison = comparisons[way];
      console.log(`${side}, with interceptors ${way.padEnd(13)} ${summarize(comparison.traced)}`);
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
