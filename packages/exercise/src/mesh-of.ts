import { join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import type { RuntimeName } from "@envoy-mesh-lab/mesh";
import { whyNoIstio, withIstio } from "@envoy-mesh-lab/mesh";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import type { Exercise } from "./exercise.ts";

/** The compose files that the mesh of an exercise is brought up from. */
export function meshFiles({ folder, mesh }: Pick<Exercise, "folder" | "mesh">): string[] {
  const own = [join(repoRoot, "compose.yaml")];
  return [...(mesh === "istio" ? withIstio(own) : own), join(folder, "compose.yaml")];
}

/** Says in words why the mesh of an exercise cannot run on this machine; undefined when it can. */
export async function whyNotHere(
  { mesh }: Pick<Exercise, "mesh">,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  return mesh === "istio" ? whyNoIstio(env) : undefined;
}

/**
 * Makes sure that an exercise can be done where it is to be done, before anything is copied or changed.
 *
 * @param runtime what is to run the mesh.
 * @param env whose PATH is searched for what Istio takes.
 * @throws {LabError} (exit code `toolsMissing`) for a machine on which its mesh cannot run, or (`usage`) for a mesh in containers.
 */
export async function assertHere(
  exercise: Pick<Exercise, "name" | "number" | "mesh">,
  runtime: RuntimeName,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const reason = await whyNotHere(exercise, env);
  if (reason !== undefined) {
    throw new LabError(`the exercise ${exercise.name} is in Istio, and that cannot run here: ${reason}`, {
      exitCode: ExitCode.toolsMissing,
      hint: "docs/istio.md says what it takes; all other exercises do without it",
    });
  }
  if (exercise.mesh === "istio" && runtime !== "native") {
    throw new LabError(`the exercise ${exercise.name} is in Istio, which runs without containers here`, {
      exitCode: ExitCode.usage,
      hint: `end the mesh with \`lab down\`, then \`lab exercise start ${exercise.number}\``,
    });
  }
}
