import { expectedHopsFile } from "@envoy-mesh-lab/bootstrap";
import { checkTrace, renderFindings } from "@envoy-mesh-lab/check";
import { readExpected } from "@envoy-mesh-lab/check/node";
import { call, createTransport, findRpc } from "@envoy-mesh-lab/load";
import { findRuntime, interruptible, progressPrinter, readMesh, rememberTrace } from "@envoy-mesh-lab/mesh";
import { hasColor, say, terminalWidth } from "@envoy-mesh-lab/meshtrace";
import { ExitCode, LabError, renderTrace } from "@envoy-mesh-lab/trace";
import { Command } from "commander";
import { arrivedTrace } from "../arrived-trace.ts";
import { findGrafana } from "../find-viewer.ts";
import { traceLink } from "../trace-viewer.ts";
import type { MeshFlags } from "./mesh-options.ts";
import { addMeshOptions, meshOf } from "./mesh-options.ts";
import { describeUp, profilesOf, tellPage } from "./up.ts";

/** `lab start`: from nothing to a verified trace. */
export function startCommand(): Command {
  return addMeshOptions(new Command("start"))
    .summary("start the mesh, send a request through it and show its trace")
    .description(
      "Installs what is missing, starts the mesh in the background, warms it up, sends a request through it, waits for its trace and says whether the proxies sit where they should.",
    )
    .option("--docker", "in containers; until lab down, all commands then find the mesh there")
    .option("--no-page", "without the page of the mesh (default: with it, but not in containers)")
    .addHelpText(
      "after",
      `
Example:
  lab start                                  the same as npm start

Exit codes: those of lab up, lab call (11) and lab check (1, 10).`,
    )
    .action(async (flags: MeshFlags & { docker?: boolean; page: boolean }) => {
      const printer = progressPrinter(process.stderr);
      const runtime = await findRuntime({ ...meshOf(flags), ...(flags.docker ? { runtime: "docker" } : {}) });
      const up = await interruptible(undefined, (signal) =>
        runtime.up({ ...profilesOf(flags, runtime), signal, onProgress: printer.onProgress }),
      ).finally(printer.end);
      say(describeUp(up));

      const mesh = await readMesh(meshOf(flags));
      const { edge, tempo } = mesh.urls;
      const warmUp = await warm(edge);
      console.log(`warmed up with ${warmUp} requests: the first ones open connections and compile code`);
      const { traceId, text } = await sendRequest(edge, shownWorkMs);
      console.log(text);
      rememberTrace(mesh.project, { traceId, edge, atMs: Date.now() });
      const expected = readExpected(expectedHopsFile);
      const trace = await arrivedTrace(traceId, mesh, tempo, expected);
      const findings = checkTrace(trace, expected);
      console.log(`\n${renderTrace(trace, hasColor(), { width: terminalWidth() })}`);
      say(`${renderFindings(findings, expected)}\n`);
      const grafana = await findGrafana(mesh, tempo, flags);
      say(`All that each span says, ${traceLink(grafana, traceId, flags)}\n`);
      console.log(whatNext(edge));
      await tellPage(runtime);
      process.exitCode = findings.length === 0 ? ExitCode.ok : ExitCode.findings;
    });
}

/** How many requests warm the mesh up at most, and how long that may take, in milliseconds. */
const warmUpLimits = { requests: 40, ms: 4000 };

/** So many of the latest requests say how fast the mesh is by now. */
const lately = 5;

/**
 * Sends requests until they become no faster. The first ones through a mesh open its connections and find its services' code not
 * compiled yet, which would be half of the trace that is shown, as time on the network.
 *
 * @returns how many requests that took.
 */
async function warm(edge: string): Promise<number> {
  const startedAt = performance.now();
  const took: number[] = [];
  while (took.length < warmUpLimits.requests && performance.now() - startedAt < warmUpLimits.ms) {
    took.push((await sendRequest(edge)).durationMs);
    if (isWarm(took)) break;
  }
  return took.length;
}

/** Whether the latest requests were no faster than those before them, as far as five of each can tell. */
export function isWarm(took: readonly number[]): boolean {
  const median = (of: readonly number[]) => of.toSorted((a, b) => a - b)[Math.floor(of.length / 2)] ?? 0;
  return (
    took.length >= 3 * lately && median(took.slice(-lately)) > 0.9 * median(took.slice(-2 * lately, -lately))
  );
}

/** How long the backend works in the request that is shown, in milliseconds: its trace has something to point at. */
const shownWorkMs = 20;

async function sendRequest(
  edge: string,
  workMs = 0,
): Promise<{ traceId: string; durationMs: number; text: string }> {
  const result = await call(createTransport("connect", edge), {
    rpc: findRpc("OrderDrink", undefined),
    drink: "espresso",
    messages: 1,
    gateway: { workMs: 0, failAfter: 0 },
    backend: { workMs, failAfter: 0 },
    timeoutMs: 15_000,
    headers: {},
  });
  const { traceId, durationMs } = result;
  if (result.code !== "ok" || traceId === undefined) {
    throw new LabError(`the first request failed: ${result.code} ${result.message ?? ""}`.trimEnd(), {
      exitCode: ExitCode.callFailed,
      hint: "`lab status` and `lab logs` say how the parts are",
    });
  }
  return {
    traceId,
    durationMs,
    text: `sent ${result.rpc}, for which the backend works ${workMs} ms; answered in ${durationMs.toFixed(1)} ms`,
  };
}

function whatNext(edge: string): string {
  return `The mesh runs in the background. Try next:
  npm run lab -- exercise                            broken meshes to repair, graded by their traces
  npm run lab -- compare                             who had the time: apps, proxies or the network
  npm run lab -- call --kind bidi --protocol grpc    another kind of call, another protocol
  npm run lab -- trace                               the newest trace; with --attributes all it says
  npm run lab -- traces                              the recent ones, a line each
  npm run lab -- call --work 50 --fail unavailable   a slow backend that refuses
  npm run lab -- ui                                  the page again, in a browser
  npm run lab -- status                              the parts and where their logs are
  curl -i -H 'content-type: application/json' -d '{"name":"espresso"}' \\
    ${edge}/cafe.v1.CafeService/OrderDrink
  npm stop                                           ends it all`;
}
