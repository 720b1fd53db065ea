import { request } from "node:http";
import { join } from "node:path";
import { meshFolder } from "@envoy-mesh-lab/mesh";
import { mesh } from "./mesh.ts";

/** The socket of an Envoy's admin page, where `volumes` of compose.yaml puts it natively. */
function adminSocket(envoy: string): string {
  return join(meshFolder(mesh.project).temporary, envoy, "_run_envoy", "admin");
}

/** Has an Envoy change something. @returns the status of its answer */
export function postToAdmin(envoy: string, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request({ socketPath: adminSocket(envoy), path, method: "POST", agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .once("error", reject)
      .end();
  });
}
