import {
  checkCommand,
  compareCommand,
  expectCommand,
  runCompare,
  scoreCommand,
  spanCommand,
  traceCommand,
  tracesCommand,
} from "@envoy-mesh-lab/meshtrace/commands";
import type { Command } from "commander";
import { labHost } from "../host.ts";
import type { ModesFlags } from "./compare-modes.ts";
import { addModesOptions, assertModesOptions, runModes } from "./compare-modes.ts";

export const check = (): Command => checkCommand(labHost);
export const expect = (): Command => expectCommand(labHost);
export const score = (): Command => scoreCommand(labHost);
export const span = (): Command => spanCommand(labHost);
export const trace = (): Command => traceCommand(labHost);
export const traces = (): Command => tracesCommand(labHost);

/** `lab compare`: that of meshtrace, and `--modes`, for which calls are made through the mesh. */
export function compare(): Command {
  const command = compareCommand(labHost, [
    ["compare --modes", "what the proxies cost; docs/load.md says how it is measured"],
  ]);
  const others = ["from", "against", "by", "intervals", "html", "explain", "trace", "csv"];
  return addModesOptions(command, others).action(
    async (ids: string[], flags: ModesFlags & Parameters<typeof runCompare>[2], self: Command) => {
      assertModesOptions(self);
      await (flags.modes ? runModes(flags, ids) : runCompare(labHost, ids, flags));
    },
  );
}
