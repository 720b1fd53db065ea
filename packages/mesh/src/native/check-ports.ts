import { setTimeout as delay } from "node:timers/promises";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import type { PartPlan } from "./plan.ts";
import type { PortHolder } from "./port-holder.ts";
import { findPortHolder, portError } from "./port-holder.ts";

/** A port that a part wants and cannot have. */
export interface TakenPort {
  readonly part: string;
  readonly port: number;
  readonly error: string;
  readonly holder: PortHolder | undefined;
}

const longestCommand = 120;

/** One line about a port that cannot be had. */
export function describeTakenPort({ part, port, error, holder }: TakenPort): string {
  if (error === "EACCES") {
    return `port ${port} of ${part} needs rights that you do not have`;
  }
  if (error !== "EADDRINUSE") {
    return `port ${port} of ${part} cannot be opened: ${error}`;
  }
  const command =
    holder && holder.command.length > longestCommand
      ? `${holder.command.slice(0, longestCommand)}…`
      : holder?.command;
  const by = holder ? `process ${holder.pid} (${command})` : "a process of another user";
  return `port ${port} of ${part} is taken by ${by}`;
}

/**
 * How long a port that nobody is seen to hold is asked for again, in milliseconds: its holder may just be ending, as the parts do
 * that an earlier run left, and is gone from the list of processes before its port is free.
 */
const endingMs = 1_000;

async function lookAtPort(port: number): Promise<Pick<TakenPort, "holder"> & { error: string | undefined }> {
  const deadline = Date.now() + endingMs;
  for (;;) {
    const error = await portError(port);
    const holder = error === undefined ? undefined : findPortHolder(port);
    if (error !== "EADDRINUSE" || holder !== undefined || Date.now() > deadline) return { error, holder };
    await delay(50);
  }
}

/**
 * Makes sure that every port of these parts is free.
 *
 * @throws LabError that names all the taken ports at once, each with the process that holds it.
 */
export async function checkPorts(parts: readonly Pick<PartPlan, "name" | "ports">[]): Promise<void> {
  const wanted = parts.flatMap((part) => part.ports.map(({ host }) => ({ part: part.name, port: host })));
  const checked = await Promise.all(
    wanted.map(async (entry) => ({ ...entry, ...(await lookAtPort(entry.port)) })),
  );
  const taken = checked.flatMap(({ error, ...it }) => (error === undefined ? [] : [{ ...it, error }]));
  if (taken.length > 0) {
    throw new LabError(
      `nothing was started:\n${taken.map((port) => `  ${describeTakenPort(port)}`).join("\n")}`,
      {
        hint: "End those processes, or move the mesh: LAB_PORT_SHIFT=1000 adds 1000 to every port.",
        exitCode: ExitCode.portTaken,
      },
    );
  }
}
