import { checkTraces, expectedSchema, hasFailures, hopsOf, renderExpected } from "@envoy-mesh-lab/check";
import type { Trace } from "@envoy-mesh-lab/trace";
import { ExitCode, LabError, originFinder } from "@envoy-mesh-lab/trace";
import { Command } from "commander";
import { parse } from "yaml";
import { exampleLines } from "../example-lines.ts";
import type { Host } from "../host.ts";
import type { InputFlags } from "../input-flags.ts";
import { addInputOptions, readTraces } from "../read-traces.ts";

/** `expect`: writes a file of expectations from a good trace. */
export function expectCommand(host: Host): Command {
  const command = new Command("expect")
    .summary("write a file of expectations from a good trace")
    .description(
      "Prints, as YAML, which spans a trace has: what `check --expect` holds other traces against. It is to be read and trimmed. Of several traces, the first is taken, and how many of the others are not like it is told.",
    );
  return addInputOptions(command, host)
    .addHelpText(
      "after",
      `${exampleLines(
        host,
        [["expect > hops.yaml", `of the newest trace of ${host.home}`]],
        [
          ["expect --from good.json > hops.yaml", ""],
          ["expect good.json 0af7651916cd43dd8448eb211c80319c > hops.yaml", ""],
          ["check --from later.json --expect hops.yaml", ""],
        ],
      )}

Exit codes: 0 written, 2 the trace is in pieces or cannot be read, 10 there is no such trace, 3 Tempo does not answer.`,
    )
    .action((ids: string[], options: InputFlags) => run(host, ids, options));
}

async function run(host: Host, ids: readonly string[], options: InputFlags): Promise<void> {
  const findOrigins = originFinder(options.proxy);
  const traces: Trace[] = [];
  for await (const trace of readTraces(host, ids, options)) traces.push(trace);
  const [good, ...others] = traces;
  if (good === undefined) {
    throw new LabError("there is no trace to expect others like", {
      exitCode: ExitCode.traceMissing,
      hint: "name a file, or an id, of a good one",
    });
  }
  const hops = hopsOf(good, findOrigins);
  const services = new Set(servicesOf(hops));
  const text = renderExpected(`${hops[0]?.spanName || "a call"} through ${[...services].join(", ")}`, hops);
  process.stdout.write(text);

  const expected = expectedSchema.parse(parse(text));
  const report = await checkTraces([good], { expected, findOrigins });
  if (hasFailures(report)) {
    const codes = new Set(report.reports.flatMap(({ findings }) => findings.map((it) => it.code)));
    console.error(
      `${host.name}: trace ${good.traceId} is not clean (${[...codes].join(", ")}): \`check\` says more, and it is no good one`,
    );
  }
  let unlike = 0;
  for (const it of others) if (hasFailures(await checkTraces([it], { expected, findOrigins }))) unlike++;
  if (unlike > 0) {
    console.error(
      `${host.name}: ${unlike} of the ${others.length} other traces are not as this says; give the id of one to take that instead`,
    );
  }
}

/** The services that a call passes, in their order. */
function servicesOf(hops: Readonly<ReturnType<typeof hopsOf>>): string[] {
  return hops.flatMap(({ service, children }) => [service, ...children.flatMap(servicesOf)]);
}
