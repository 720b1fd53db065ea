import type { LoadProgress, LoadReport } from "@envoy-mesh-lab/load";
import { assertLoopback, limits, notesOn, renderLoad, runLoad, sizeOf } from "@envoy-mesh-lab/load";
import type { Via } from "@envoy-mesh-lab/mesh";
import { interruptible, progressPrinter, urlVia, ways } from "@envoy-mesh-lab/mesh";
import { integer, printJson, terminalWidth } from "@envoy-mesh-lab/meshtrace";
import { ExitCode, LabError, parseDuration } from "@envoy-mesh-lab/trace";
import { Command, InvalidArgumentError, Option } from "commander";
import type { CallOptionValues } from "../call-options.ts";
import { addCallOptions, toRequest } from "../call-options.ts";
import { edgeOption, endpoints } from "../endpoints.ts";
import type { MeshFlags } from "./mesh-options.ts";
import { addMeshOptions } from "./mesh-options.ts";

/** `lab load`: makes calls at a constant rate and says how long they took. */
export function loadCommand(): Command {
  const command = new Command("load")
    .summary("make calls at a constant rate and measure them")
    .description(
      "Makes calls by the clock, whatever becomes of those before them (an open loop), and says how long they took. " +
        "Latency counts from when a call was due, not from when it started, so that a stall of the mesh shows in every " +
        "call that was due meanwhile (no coordinated omission); the service time, from start to end, stands beside it.",
    )
    .argument("[rpc]", 'RPC of the gateway, "OrderDrink" for example (default: by --kind, else OrderDrink)')
    .option("--rate <n>", `calls per second, at most ${limits.rate}`, rate, 20)
    .addOption(
      new Option("--duration <time>", `how long calls are due, at most ${limits.durationMs / 60_000}m`)
        .argParser(duration)
        .conflicts("number"),
    )
    .option("-n, --number <n>", "how many calls, instead of --duration", integer(1, limits.calls))
    .option(
      "--max-in-flight <n>",
      "calls under way at a time; more that are due wait, and the wait counts",
      integer(1, limits.inFlight),
      100,
    )
    .option(
      "--warm-up <n>",
      "calls before, one after the other, that no figure knows of",
      integer(0, 1_000),
      10,
    )
    .addOption(
      new Option(
        "--via <way>",
        "way in: edge, through all proxies; sidecar, to the gateway's sidecar; direct, to the gateway itself",
      )
        .choices(ways)
        .default("edge"),
    )
    .option("--json", "print the result as JSON")
    .addOption(edgeOption());
  return addMeshOptions(addCallOptions(command))
    .addHelpText(
      "after",
      `
Examples:
  lab load                                   20 calls per second for 10 seconds
  lab load --rate 100 --duration 1m          100 calls per second for a minute
  lab load -n 500 --kind bidi --protocol grpc
  lab load --via direct                      to the gateway, past edge and sidecar; its call to the backend
                                             still passes two sidecars (see lab compare --modes)
  lab load --json | jq .latencyMs.p99

Load goes to this machine only, and a run is bounded: ${limits.calls} calls, ${limits.durationMs / 60_000} minutes. Ctrl-C ends it with
the figures so far.

Exit codes: 0 all calls succeeded, 11 a call failed or was not made, 130 interrupted, 3 nothing answers there,
2 wrong usage.`,
    )
    .action(async (rpc: string | undefined, options: CallOptionValues & Flags, self: Command) => {
      const request = toRequest(rpc, options);
      const size = sizeOf(options.rate, {
        ...(options.number === undefined ? {} : { number: options.number }),
        durationMs: options.duration ?? 10_000,
      });
      if (options.via !== "edge" && self.getOptionValueSource("edge") === "cli") {
        throw new LabError(`--edge and --via ${options.via} exclude each other`, {
          exitCode: ExitCode.usage,
          hint: "leave one of them out",
        });
      }
      const { mesh, edge } = await endpoints(options);
      const url = urlVia(options.via, mesh, edge);
      assertLoopback(url);
      const printer = progressPrinter(process.stderr);
      const report = await interruptible(undefined, (signal) =>
        runLoad({
          url,
          call: { request, protocol: options.protocol },
          beginsTrace: options.via !== "edge",
          size,
          maxInFlight: options.maxInFlight,
          warmUp: options.warmUp,
          signal,
          onProgress: (progress) =>
            printer.onProgress({
              program: undefined,
              kind: "tick",
              text: describeProgress(progress),
              elapsedMs: progress.elapsedMs,
            }),
        }),
      ).finally(printer.end);
      const title = {
        rpc: `${request.rpc.method.parent.typeName}/${request.rpc.method.name}`,
        protocol: options.protocol,
        via: options.via,
        url,
      };
      if (options.json) {
        printJson({ ...title, ...report, notes: notesOn(report) });
      } else {
        console.log(renderLoad(title, report, terminalWidth()));
      }
      process.exitCode = exitCodeOf(report);
    });
}

type Flags = MeshFlags & {
  rate: number;
  duration?: number;
  number?: number;
  maxInFlight: number;
  warmUp: number;
  via: Via;
  json?: boolean;
  edge?: string;
};

function exitCodeOf(report: LoadReport): number {
  if (report.interrupted) {
    return ExitCode.interrupted;
  }
  return report.ok === report.planned ? ExitCode.ok : ExitCode.callFailed;
}

function describeProgress({ ended, failed, planned }: LoadProgress): string {
  return `${ended} of ${planned} calls${failed > 0 ? `, ${failed} failed` : ""}`;
}

function rate(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value < 0.1 || value > limits.rate) {
    throw new InvalidArgumentError(`It must be a number of calls per second from 0.1 to ${limits.rate}.`);
  }
  return value;
}

function duration(text: string): number {
  const value = parseDuration(text);
  if (value === undefined || value <= 0 || value > limits.durationMs) {
    throw new InvalidArgumentError(
      `It must be a time with its unit, "30s" or "1m30s" for example, of at most ${limits.durationMs / 60_000}m.`,
    );
  }
  return value;
}
