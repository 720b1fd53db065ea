import { resolve } from "node:path";
import { assertComposeFiles } from "@envoy-mesh-lab/mesh";
import type { Command } from "commander";
import { userFolder } from "../user-folder.ts";

/** Which mesh, as the command line says it. */
export interface MeshFlags {
  readonly file?: readonly string[];
  readonly projectName?: string;
  readonly profile?: readonly string[];
}

function collect(value: string, list: readonly string[] = []): readonly string[] {
  return [...list, value];
}

/** Adds the options that choose a mesh, which are Docker Compose's own. */
export function addMeshOptions(command: Command): Command {
  return command
    .option("-f, --file <path>", "compose file; may be repeated (default: the lab's compose.yaml)", collect)
    .option("-p, --project-name <name>", "name of the mesh (default: the name in the compose file)");
}

/** Adds `--profile`, for commands that read all of the compose file. */
export function addProfileOption(command: Command): Command {
  return command.option(
    "--profile <name>",
    "switch a profile of the compose file on; may be repeated",
    collect,
  );
}

/**
 * The mesh that the flags choose. Files are taken from where the user is, also under npm, which changes the folder.
 *
 * @throws {LabError} (exit code `usage`) for a file that is not there.
 */
export function meshOf(flags: MeshFlags): { files: string[]; project: string | undefined } {
  const base = userFolder();
  const files = (flags.file ?? []).map((file) => resolve(base, file));
  assertComposeFiles(files, base);
  return { files, project: flags.projectName };
}
