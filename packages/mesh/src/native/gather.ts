import { readFile, stat } from "node:fs/promises";
import { ExitCode, LabError, parseWhole } from "@envoy-mesh-lab/trace";
import type { ComposeProject } from "../compose/schema.ts";
import type { MountSource } from "./plan.ts";

async function readMount(path: string): Promise<MountSource> {
  try {
    const info = await stat(path);
    return info.isDirectory() ? { kind: "folder" } : { kind: "file", text: await readFile(path, "utf8") };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return { kind: "missing" };
    }
    throw error;
  }
}

/** What is at the host's end of every bind mount of a project, by path. */
export async function readMounts(project: ComposeProject): Promise<Map<string, MountSource>> {
  const volumes = Object.values(project.services).flatMap((service) => service.volumes);
  const sources = volumes.flatMap(({ type, source }) =>
    type === "bind" && source !== undefined ? [source] : [],
  );
  const entries = [...new Set(sources)].map(async (path) => [path, await readMount(path)] as const);
  return new Map(await Promise.all(entries));
}

/** What a part needs of the user's environment to run at all. Nothing else of it reaches a part. */
export function baseEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  const kept = ["PATH", "HOME", "TMPDIR", "LANG"].map((name) => [name, env[name]] as const);
  return Object.fromEntries(
    kept.filter((entry): entry is readonly [string, string] => entry[1] !== undefined),
  );
}

/**
 * How far all ports of the mesh are moved: `LAB_PORT_SHIFT`, 0 by default.
 *
 * @throws LabError when it is no whole number.
 */
export function portShiftOf(env: NodeJS.ProcessEnv): number {
  const text = env.LAB_PORT_SHIFT || "0";
  const shift = parseWhole(text, Number.MIN_SAFE_INTEGER);
  if (shift === undefined) {
    throw new LabError(`LAB_PORT_SHIFT is "${text}", which is no whole number`, {
      hint: "LAB_PORT_SHIFT=1000 adds 1000 to every port of the mesh.",
      exitCode: ExitCode.usage,
    });
  }
  return shift;
}
