import type { ClusterMesh } from "./cluster.ts";

/** A pod of nobody's mesh, in the namespace `default`, until it is removed. */
export async function startStranger(host: ClusterMesh): Promise<void> {
  const image = "--image=envoyproxy/envoy:v1.40.0";
  await host.kubectl("run", "stranger", image, "--command", "--", "sleep", "infinity");
  await host.kubectl("wait", "pod/stranger", "--for=condition=Ready", "--timeout=60s");
}

/**
 * Whether a pod of a mesh takes a connection.
 *
 * @param host the mesh whose cluster it is.
 * @param from who connects, as kubectl names it: a pod whose image has bash and sleep.
 * @param namespace of the pod that is connected to.
 * @param name of its workload.
 */
export async function reaches(
  host: ClusterMesh,
  from: readonly string[],
  namespace: string,
  name: string,
  port: number,
): Promise<boolean> {
  const address = await host.kubectl(
    ...["get", "pods", "-n", namespace, "-l", `app.kubernetes.io/name=${name}`],
    ...["-o", "jsonpath={.items[0].status.podIP}"],
  );
  // The image has no timeout.
  const connect = `(exec 3<>/dev/tcp/${address}/${port}) & p=$!`;
  const script = `${connect}; (sleep 2; kill $p) 2>/dev/null & wait $p`;
  return (await host.tryKubectl("exec", ...from, "--", "bash", "-c", script)).code === 0;
}
