import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";

/** Variables that win over OTEL_EXPORTER_OTLP_ENDPOINT, and would lead the spans elsewhere. */
const stronger = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"] as const;

/** Says when a wrapped command is to end, and when to wait no longer. */
export interface Stops {
  /** Tells it to end, with SIGTERM. */
  readonly end: AbortSignal;
  /** Kills it: who has said it twice does not want to wait. */
  readonly kill: AbortSignal;
}

/** How long a command has to end after it was told to, in milliseconds. */
const patience = 10_000;

/**
 * Runs a command whose exporters send to this endpoint, and waits for its end.
 *
 * Without a terminal it is a process group of its own, and what it started is ended with it: a shell passes no signal on. With
 * one it stays in the terminal's, so that it can read from it; there Ctrl-C reaches all of them anyway.
 *
 * @param outputTo the descriptor that its standard output becomes: 1, or 2 where this program prints for machines.
 * @returns its exit code, as a shell would tell it: 128 and the number of the signal that ended it.
 * @throws {LabError} (exit code `usage`) when it cannot be started.
 */
export async function runWrapped(
  [program, ...args]: readonly string[],
  endpoint: string,
  outputTo: 1 | 2,
  stops: Stops,
): Promise<number> {
  const { [stronger[0]]: _, [stronger[1]]: __, ...env } = process.env;
  const isGroup = process.stdin.isTTY !== true && process.platform !== "win32";
  const child = spawn(program as string, args, {
    detached: isGroup,
    stdio: ["inherit", outputTo, "inherit"],
    env: { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
  });
  let killer: NodeJS.Timeout | undefined;
  const send = (signal: NodeJS.Signals) => {
    if (isGroup && child.pid !== undefined) sendToGroup(child.pid, signal);
    else child.kill(signal);
  };
  const kill = () => send("SIGKILL");
  const end = () => {
    send("SIGTERM");
    killer = setTimeout(kill, patience);
  };
  stops.end.addEventListener("abort", end, { once: true });
  stops.kill.addEventListener("abort", kill, { once: true });
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
    stops.end.removeEventListener("abort", end);
    stops.kill.removeEventListener("abort", kill);
  }
}

/** Sends a signal to a command and what it has started; a group of which nobody is left has ended already. */
function sendToGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
