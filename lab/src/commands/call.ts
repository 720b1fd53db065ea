import { createTransports } from "@envoy-mesh-lab/connections";
import type { CallResult } from "@envoy-mesh-lab/load";
import { call, callBounds } from "@envoy-mesh-lab/load";
import { rememberTrace } from "@envoy-mesh-lab/mesh";
import { integer, printJson, say } from "@envoy-mesh-lab/meshtrace";
import { ExitCode, printable } from "@envoy-mesh-lab/trace";
import { Command } from "commander";
import type { CallOptionValues } from "../call-options.ts";
import { addCallOptions, toRequest } from "../call-options.ts";
import { edgeOption, endpoints } from "../endpoints.ts";
import type { MeshFlags } from "./mesh-options.ts";
import { addMeshOptions } from "./mesh-options.ts";

/** `lab call`: makes calls through the edge and says what came of them. */
export function callCommand(): Command {
  const command = new Command("call")
    .summary("make a call through the mesh")
    .description(
      "Makes one call, or several one after the other, through the edge and prints what came of each, with its trace id.",
    )
    .argument("[rpc]", 'RPC of the gateway, "OrderDrink" for example (default: by --kind, else OrderDrink)')
    .option("-n, --number <n>", "how many calls, one after the other", integer(1, callBounds.number), 1)
    .option("--json", "print JSON: one object, or with -n an array")
    .addOption(edgeOption());
  return addMeshOptions(addCallOptions(command))
    .addHelpText(
      "after",
      `
Examples:
  lab call                                   order an espresso with a unary Connect call
  lab call --kind bidi --protocol grpc       a bidirectional gRPC stream
  lab call OrderDrink --work 50 -n 10        ten calls for which the backend works 50 ms
  lab call --fail unavailable                a call that the backend refuses
  lab call --json | jq -r .traceId           the trace id alone

Exit codes: 0 all calls succeeded, 11 a call failed, 2 wrong usage.`,
    )
    .action(async (rpc: string | undefined, options: CallOptionValues & Flags) => {
      const request = toRequest(rpc, options);
      const { mesh, edge } = await endpoints(options);
      const transports = createTransports({ url: edge, useHttpGet: true });
      const transport = transports[options.protocol];
      const results: CallResult[] = [];
      for (let i = 0; i < options.number; i++) {
        const result = await call(transport, request);
        results.push(result);
        if (!options.json) {
          say(renderResult(result, options.protocol));
        }
      }
      // Connect leaves the body of an answer that is not its own unread, which would keep the process alive.
      transports.close();
      const traceId = results.at(-1)?.traceId;
      if (traceId !== undefined) {
        rememberTrace(mesh.project, { traceId, edge, atMs: Date.now() });
      }
      if (options.json) {
        printJson(options.number === 1 ? results[0] : results);
      }
      process.exitCode = results.every((it) => it.code === "ok") ? ExitCode.ok : ExitCode.callFailed;
    });
}

type Flags = MeshFlags & { number: number; json?: boolean; edge?: string };

function renderResult(result: CallResult, protocol: string): string {
  const messages = result.responses.length === 1 ? "1 message" : `${result.responses.length} messages`;
  const error = result.message ? `: ${printable(result.message)}` : "";
  return [
    `${result.rpc} (${protocol})  ${result.code}${error}  ${messages}  ${result.durationMs.toFixed(1)} ms`,
    result.traceId ? `  trace ${result.traceId}` : `  no trace id: ${whyNoTrace(result.code)}`,
  ].join("\n");
}

function whyNoTrace(code: string): string {
  return code === "deadline_exceeded"
    ? "the deadline passed before the edge had an answer; the access log of the edge has it (`lab logs edge`)"
    : "no answer came from the edge; `lab status` says whether the mesh is up";
}
