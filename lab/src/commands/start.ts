import { expectedHopsFile } from "@envoy-mesh-lab/bootstrap";
import { checkTrace, renderFindings } from "@envoy-mesh-lab/check";
import { readExpected } from "@envoy-mesh-lab/check/node";
import { call, createTransport, findRpc } from "@envoy-mesh-lab/load";
import { findRuntime, interruptible, progressPrinter, readMesh, rememberTrace } from "@envoy-mesh-lab/mesh";
import { ExitCode, LabError, renderTrace } from "@envoy-mesh-lab/trace";
import { Command } from "commander";
import { arrivedTrace } from "../arrived-trace.ts";
import { hasColor } from "../output.ts";
import { addMeshOptions, type MeshFlags, meshOf } from "./mesh-options.ts";
import { describeUp } from "./up.ts";

/** `lab start`: from nothing to a verified trace. */
export function startCommand(): Command {
  return addMeshOptions(new Command("start"))
    .summary("start the mesh, send a request through it and show its trace")
    .description(
      "Installs what is missing, starts the mesh in the background, sends one request through it, waits for its trace and says whether the proxies sit where they should.",
    )
    .option("--docker", "in containers; until lab down, all commands then find the mesh there")
    .addHelpText(
      "after",
      `
Example:
  lab start                                  the same as npm start

Exit codes: those of lab up, lab call (11) and lab check (1, 10).`,
    )
    .action(async (flags: MeshFlags & { docker?: boolean }) => {
      const printer = progressPrinter(process.stderr);
      const runtime = await findRuntime({ ...meshOf(flags), ...(flags.docker ? { runtime: "docker" } : {}) });
      const up = await interruptible(undefined, (signal) =>
        runtime.up({ signal, onProgress: printer.onProgress }),
      ).finally(printer.end);
      console.log(describeUp(up));

      const mesh = await readMesh(meshOf(flags));
      const traceId = await sendRequest(mesh.urls.edge);
      rememberTrace(mesh.project, traceId);
      const expected = readExpected(expectedHopsFile);
      const trace = await arrivedTrace(traceId, mesh, mesh.urls.tempo, expected);
      const findings = checkTrace(trace, expected);
      console.log(`\n${renderTrace(trace, hasColor())}\n${renderFindings(findings, expected)}\n`);
      console.log(whatNext(mesh.urls.edge));
      process.exitCode = findings.length === 0 ? ExitCode.ok : ExitCode.findings;
    });
}

async function sendRequest(edge: string): Promise<string> {
  const quiet = { workMs: 0, failAfter: 0 };
  const result = await call(createTransport("connect", edge), {
    rpc: findRpc("OrderDrink", undefined),
    drink: "espresso",
    messages: 1,
    gateway: quiet,
    backend: quiet,
    timeoutMs: 15_000,
    headers: {},
  });
  if (result.code !== "ok" || result.traceId === undefined) {
    throw new LabError(`the first request failed: ${result.code} ${result.message ?? ""}`.trimEnd(), {
      exitCode: ExitCode.callFailed,
      hint: "`lab status` and `lab logs` tell how the parts are",
    });
  }
  console.log(`sent ${result.rpc}, answered in ${result.durationMs.toFixed(1)} ms`);
  return result.traceId;
}

function whatNext(edge: string): string {
  return `The mesh runs in the background. Try next:
  npm run lab -- call --kind bidi --protocol grpc    another kind of call, another protocol
  npm run lab -- trace                               its trace
  npm run lab -- call --work 50 --fail unavailable   a slow backend that refuses
  npm run lab -- status                              the parts and where their logs are
  curl -i -H 'content-type: application/json' -d '{"name":"espresso"}' ${edge}/cafe.v1.CafeService/OrderDrink
  npm stop                                           ends it all`;
}
