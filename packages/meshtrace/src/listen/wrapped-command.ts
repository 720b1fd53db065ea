import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";

/** Variables that win over OTEL_EXPORTER_OTLP_ENDPOINT, and would lead the spans elsewhere. */
const stronger = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"] as const;

/** How long a command has to end after it was told to, in milliseconds. */
const patience = 10_000;

/**
 * Runs a command whose exporters send to this endpoint, and waits for its end.
 *
 * @param outputTo the descriptor that its standard output becomes: 1, or 2 where this program prints for machines.
 * @param signal tells it to end, with SIGTERM, and kills it when it does not.
 * @returns its exit code, as a shell would tell it: 128 and the number of the signal that ended it.
 * @throws {LabError} (exit code `usage`) when it cannot be started.
 */
export async function runWrapped(
  [program, ...args]: readonly string[],
  endpoint: string,
  outputTo: 1 | 2,
  signal: AbortSignal,
): Promise<number> {
  const { [stronger[0]]: _, [stronger[1]]: __, ...env } = process.env;
  const child = spawn(program as string, args, {
    stdio: ["inherit", outputTo, "inherit"],
    env: { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
  });
  let killer: NodeJS.Timeout | undefined;
  const end = () => {
    child.kill("SIGTERM");
    killer = setTimeout(() => child.kill("SIGKILL"), patience);
  };
  signal.addEventListener("abort", end, { once: true });
  try {
    const [code, ended] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
    return code ?? 128 + constants.signals[ended as NodeJS.Signals];
  } catch (error) {
    throw new LabError(`cannot start ${program}: ${(error as Error).message}`, {
      exitCode: ExitCode.usage,
      hint: "the command stands behind --, as the shell would find it: meshtrace listen -- npm test",
    });
  } finally {
    clearTimeout(killer);
    signal.removeEventListener("abort", end);
  }
}
