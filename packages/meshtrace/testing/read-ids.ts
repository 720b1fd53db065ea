import { Command } from "commander";
import type { InputFlags } from "../src/input-flags.ts";
import { ownHost } from "../src/own-host.ts";
import { addInputOptions, readTraces } from "../src/read-traces.ts";

/** What a command line of meshtrace reads: the trace ids. */
export async function readIds(...args: string[]): Promise<string[]> {
  const ids: string[] = [];
  const command = addInputOptions(
    new Command("meshtrace").exitOverride().configureOutput({ writeErr: () => {} }),
    ownHost,
  ).action(async (wanted: string[], flags: InputFlags) => {
    for await (const trace of readTraces(ownHost, wanted, flags)) ids.push(trace.traceId);
  });
  await command.parseAsync(args, { from: "user" });
  return ids;
}
