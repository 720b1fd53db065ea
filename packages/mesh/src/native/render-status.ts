import { relative } from "node:path";
import { printable, textTable } from "@envoy-mesh-lab/trace";
import type { MeshPart, MeshView } from "../runtime/runtime.ts";
import { isRunning } from "./mesh-status.ts";

const columnHeads = ["PART", "STATE", "ADDRESS", "VERSION"];

/** A part that is up and not ready is never called anything else. */
function stateOf(part: MeshPart): string {
  if (part.notReadySince !== undefined) {
    return `not ready since ${part.notReadySince.slice(11, 19)} UTC`;
  }
  const restarts = part.restarts > 0 ? `, restarted ${part.restarts}x` : "";
  const end = part.exitCode ?? part.exitSignal;
  return part.state === "exited" && end !== undefined
    ? `exited (${end})${restarts}`
    : `${part.state}${restarts}`;
}

function addressOf({ ports }: MeshPart): string {
  const published = ports.filter((port) => port.published);
  const shown = published.length > 0 ? published : ports;
  return shown.map(({ host }, index) => (index === 0 ? `127.0.0.1:${host}` : `:${host}`)).join(" ");
}

/** Which columns are cut where the width is not enough: version, log, address. `lab status --json` tells them whole. */
const giving = [
  { column: 3, least: 12 },
  { column: 5, least: 16 },
  { column: 2, least: 17 },
];

/** Draws the status as a table in at most `width` columns; paths are shown from `cwd`. */
export function renderStatus(
  status: MeshView,
  { cwd = process.cwd(), width = 200 }: { cwd?: string; width?: number } = {},
): string {
  if (!isRunning(status)) {
    return `The mesh ${status.project} is not running. Start it with lab up.`;
  }
  // A process has a number and a log; a container has a name to look it up by.
  const inDocker = status.parts.some(({ container }) => container !== undefined);
  const onKubernetes = status.parts.some(({ pods }) => pods !== undefined);
  const headings = [...columnHeads, ...(onKubernetes ? ["PODS"] : inDocker ? ["CONTAINER"] : ["PID", "LOG"])];
  const rows = status.parts.map((part) => [
    part.name,
    stateOf(part),
    addressOf(part),
    `${part.program} ${part.version}`,
    ...(onKubernetes
      ? [part.pods?.join(" ") || "-"]
      : inDocker
        ? [part.container ?? "-"]
        : [String(part.process?.pid ?? "-"), part.log ? relative(cwd, part.log) : "-"]),
  ]);
  const notes = status.parts
    .filter(({ state, detail }) => detail && state !== "orphaned")
    .map(({ name, detail }) => `${name}: ${printable(detail ?? "")}`);
  const warnings = {
    running: [],
    none: [],
    gone: [
      onKubernetes
        ? "What keeps the ports of this machine open is gone. lab up starts it again."
        : "The supervisor is gone, so nothing restarts a part that ends. lab up ends these parts and starts anew; lab down ends them.",
    ],
    silent: ["The supervisor does not answer; these are its last words. lab down ends it and its parts."],
  }[status.supervisor];
  return [...textTable([headings, ...rows], ["left"], { width, giving }), ...notes, ...warnings].join("\n");
}
