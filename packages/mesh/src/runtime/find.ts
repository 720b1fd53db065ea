import { existsSync } from "node:fs";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { projectNameOf } from "../compose/project-name.ts";
import { DockerRuntime } from "../docker/docker-runtime.ts";
import { isIstio, withIstio } from "../istio/istio-mesh.ts";
import { KubernetesRuntime } from "../kubernetes/kubernetes-runtime.ts";
import type { MeshName } from "../native/mesh.ts";
import { isRunning } from "../native/mesh.ts";
import { meshFolder, stateRoot } from "../native/mesh-folder.ts";
import { readMeshStatus } from "../native/mesh-status.ts";
import { NativeRuntime } from "../native/native-runtime.ts";
import { chooseRuntime } from "./choose.ts";
import type { Runtime, RuntimeName } from "./runtime.ts";

/** Which mesh, and what is to run it. */
export interface RuntimeQuery extends MeshName {
  /** What the user asks to use. Default: what runs the mesh, else LAB_RUNTIME, else processes. */
  readonly runtime?: RuntimeName | undefined;
}

/**
 * What runs a mesh. One that runs in Istio stays there for who names no files, as one in Docker stays in Docker.
 *
 * @throws {LabError} (exit code `usage`) when it runs elsewhere than was asked for.
 */
export async function findRuntime(query: RuntimeQuery = {}): Promise<Runtime> {
  const { project, files = [], env = process.env, runtime: asked } = query;
  const name = projectNameOf({ projectName: project, files, cwd: repoRoot, env });
  const folder = meshFolder(name, stateRoot(env));
  const status = await readMeshStatus(folder);
  const chosen = chooseRuntime({
    project: name,
    asked,
    variable: env.LAB_RUNTIME,
    inDocker: existsSync(folder.docker),
    onKubernetes: existsSync(folder.kubernetes),
    isNative: isRunning(status),
  });
  switch (chosen) {
    case "docker":
      return new DockerRuntime(folder, files);
    case "kubernetes":
      return new KubernetesRuntime(folder, files);
    case "native": {
      const staysInIstio = files.length === 0 && isRunning(status) && isIstio({ services: status.parts });
      return new NativeRuntime(name, { project, files: staysInIstio ? withIstio(files) : files, env });
    }
  }
}
