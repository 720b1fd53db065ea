import { renderModes } from "@envoy-mesh-lab/compare";
import type { Protocol } from "@envoy-mesh-lab/connections";
import { protocols } from "@envoy-mesh-lab/connections";
import type { Kind } from "@envoy-mesh-lab/load";
import { kinds } from "@envoy-mesh-lab/load";
import { interruptible, progressPrinter } from "@envoy-mesh-lab/mesh";
import { arrivalTimeout, integer, printJson, terminalWidth } from "@envoy-mesh-lab/meshtrace";
import type { ModesProgress } from "@envoy-mesh-lab/modes";
import { compareModes } from "@envoy-mesh-lab/modes";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import type { Command } from "commander";
import { Option } from "commander";
import { timeoutVariable } from "../arrived-trace.ts";
import { toRequest } from "../call-options.ts";
import { endpoints } from "../endpoints.ts";
import type { MeshFlags } from "./mesh-options.ts";

/** What the user said of a run over all modes. */
export interface ModesFlags extends MeshFlags {
  readonly modes?: boolean;
  readonly rounds: number;
  readonly warmUp: number;
  readonly rate: number;
  readonly seed: number;
  readonly kind?: Kind;
  readonly protocol: Protocol;
  readonly work: number;
  readonly json?: boolean;
  readonly tempo?: string;
}

/**
 * Adds `--modes` to `lab compare`, and what belongs to it.
 *
 * @param conflicts the command's options that choose traces or another output, by their attribute names.
 */
export function addModesOptions(command: Command, conflicts: readonly string[]): Command {
  return command
    .addOption(
      new Option(
        "--modes",
        "make calls past no proxy, past one and past all, interleaved, and say what the proxies cost",
      ).conflicts([...conflicts]),
    )
    .option("--rounds <n>", "with --modes: rounds of one call in each mode", integer(1, 5_000), 200)
    .option("--warm-up <n>", "with --modes: rounds before, that no figure knows of", integer(0, 1_000), 100)
    .option("--rate <n>", "with --modes: calls per second", integer(1, 500), 30)
    .option("--seed <n>", "with --modes: seed of the order", integer(1, 2 ** 31 - 2), 1)
    .addOption(new Option("--kind <kind>", "with --modes: kind of RPC").choices(kinds))
    .addOption(
      new Option("--protocol <protocol>", "with --modes: protocol of the calls")
        .choices(protocols)
        .default("connect"),
    )
    .option("--work <ms>", "with --modes: time that the backend works, in ms", integer(0, 1_000), 0);
}

/** The options that say something about the calls of `--modes`, by their attribute names. */
const withModes = ["rounds", "warmUp", "rate", "seed", "kind", "protocol", "work"];

/**
 * Refuses what would be without effect.
 *
 * @throws {LabError} (exit code `usage`) when the user gave an option of `--modes` without it.
 */
export function assertModesOptions(command: Command): void {
  const given = command.options.find(
    (it) =>
      withModes.includes(it.attributeName()) && command.getOptionValueSource(it.attributeName()) === "cli",
  );
  if (given !== undefined && command.getOptionValue("modes") !== true) {
    throw new LabError(`${given.long} says how the calls of --modes are made, and --modes is not given`, {
      exitCode: ExitCode.usage,
      hint: `add --modes, or leave ${given.long} out`,
    });
  }
}

/**
 * `lab compare --modes`.
 *
 * @param ids the trace ids that the user gave, of which there may be none.
 */
export async function runModes(flags: ModesFlags, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) {
    throw new LabError("--modes makes calls of its own, so it takes no trace ids", {
      exitCode: ExitCode.usage,
      hint: "leave one of them out",
    });
  }
  // A wrong setting is reported before hundreds of calls are made.
  const arrivalMs = arrivalTimeout(timeoutVariable);
  const { mesh, tempo } = await endpoints(flags);
  const request = toRequest(undefined, {
    ...(flags.kind ? { kind: flags.kind } : {}),
    protocol: flags.protocol,
    drink: "espresso",
    messages: 3,
    work: flags.work,
    gatewayWork: 0,
    failAfter: 0,
    timeout: 30_000,
    header: {},
  });
  const { rounds, warmUp, rate, seed, protocol } = flags;
  const printer = progressPrinter(process.stderr);
  const started = performance.now();
  const onProgress = (progress: ModesProgress) =>
    printer.onProgress({
      program: undefined,
      kind: "tick",
      text: describe(progress),
      elapsedMs: performance.now() - started,
    });
  const run = (signal: AbortSignal) =>
    compareModes({
      ...{ mesh, tempo, arrivalMs, request, protocol, rounds, warmUp, rate, seed },
      ...{ signal, onProgress },
    });
  const result = await interruptible(undefined, run).finally(printer.end);
  if (flags.json) {
    printJson(result);
  } else {
    console.log(renderModes(result, terminalWidth()));
  }
  process.exitCode = exitCodeOf(result);
}

function exitCodeOf({ interrupted, failed }: { interrupted: boolean; failed: number }): number {
  if (interrupted) {
    return ExitCode.interrupted;
  }
  return failed > 0 ? ExitCode.callFailed : ExitCode.ok;
}

function describe({ step, done, of }: ModesProgress): string {
  return step === "calls" ? `${done} of ${of} calls` : `${done} of ${of} traces read`;
}
