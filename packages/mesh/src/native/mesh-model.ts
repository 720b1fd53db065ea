import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { ExitCode, LabError, suggest } from "@envoy-mesh-lab/trace";
import { readCompose } from "../compose/read-compose.ts";
import { withPageOrigin } from "../page.ts";
import type { ProgramProgress } from "../programs/index.ts";
import { baseEnvironment, portShiftOf, readMounts } from "./gather.ts";
import type { MeshFolder } from "./mesh-folder.ts";
import { composeProgram, projectPrograms } from "./native-programs.ts";
import type { MeshPlan, PartPlan } from "./plan.ts";
import { planMesh } from "./plan.ts";
import { mapPorts } from "./port-map.ts";

/** Which mesh, as Docker Compose's own options say it. */
export interface MeshSource {
  /** Compose files in order. Default: `COMPOSE_FILE`, else `compose.yaml` and its override in `cwd`. */
  readonly files?: readonly string[];
  /** Default: `COMPOSE_PROJECT_NAME`, else `name:` in the files, else the folder's name. */
  readonly project?: string | undefined;
  /** Default: `COMPOSE_PROFILES`. */
  readonly profiles?: readonly string[];
  /** Added to every port. Default: `LAB_PORT_SHIFT`, else 0. */
  readonly portShift?: number | undefined;
  /** Variables in addition to this process's, for the interpolation. */
  readonly env?: NodeJS.ProcessEnv;
  /** Default: the repository. */
  readonly cwd?: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: ProgramProgress) => void;
}

/** A mesh as its files describe it, with the programs for it found or installed. */
export interface MeshModel {
  readonly project: string;
  readonly files: readonly string[];
  /** Plans the mesh with its derived configurations in `configFolder`. */
  plan(folder: MeshFolder, configFolder: string): MeshPlan;
}

/**
 * Reads a mesh's files and makes sure of its programs.
 *
 * @throws LabError for a broken compose file, and what {@link ensurePrograms} throws.
 */
export async function loadMesh(source: MeshSource): Promise<MeshModel> {
  const env = withPageOrigin({ ...process.env, ...source.env });
  const onProgress = source.onProgress ?? (() => undefined);
  const options = { env, signal: source.signal, onProgress };
  const { project, files, warnings } = await readCompose({
    program: await composeProgram(options),
    files: source.files ?? [],
    projectName: source.project,
    profiles: source.profiles,
    cwd: source.cwd ?? repoRoot,
    env,
  });
  for (const text of warnings) {
    onProgress({ program: undefined, kind: "note", text: `Warning: ${text}`, elapsedMs: 0 });
  }
  const ports = mapPorts(project, source.portShift ?? portShiftOf(env));
  const programs = await projectPrograms(project, options);
  const mounts = await readMounts(project);
  return {
    project: project.name,
    files,
    plan: (folder, configFolder) =>
      planMesh({
        project,
        ports,
        programs,
        mounts,
        root: source.cwd ?? repoRoot,
        baseEnv: baseEnvironment(process.env),
        configFolder,
        volumeFolder: folder.volumes,
        anonymousFolder: folder.anonymous,
        networksFile: folder.networks,
        temporaryFolder: folder.temporary,
      }),
  };
}

/**
 * The parts of these names and all that they depend on, in the plan's order; no names = all parts.
 *
 * @throws LabError for a name that the plan does not have; it lists those that it has.
 */
export function selectParts(plan: MeshPlan, names: readonly string[]): readonly PartPlan[] {
  if (names.length === 0) {
    return plan.parts;
  }
  const byName = new Map(plan.parts.map((part) => [part.name, part]));
  const selected = new Set<string>();
  const select = (name: string) => {
    const part = byName.get(name);
    if (!part) {
      throw unknownPart(name, [...byName.keys()]);
    }
    if (!selected.has(name)) {
      selected.add(name);
      part.dependsOn.forEach((dependency) => {
        select(dependency.name);
      });
    }
  };
  names.forEach(select);
  return plan.parts.filter(({ name }) => selected.has(name));
}

/** The error for a part that does not exist. */
export function unknownPart(name: string, known: readonly string[]): LabError {
  return new LabError(`there is no part "${name}"`, {
    hint: `${suggest(name, known)}The parts are: ${known.join(", ")}.`,
    exitCode: ExitCode.usage,
  });
}
