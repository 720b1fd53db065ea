/**
 * Files of the mesh that stand at the top of the repository, where people look for them, and whose copies Kustomize reads: it takes
 * no file from outside of the folder that it renders.
 */
export const copiedFiles = ["otel-collector.yaml", "tempo.yaml", "tls/tempo.pem"].map((from) => ({
  from,
  to: `kubernetes/base/copied/${from.replace(/^.*\//, "")}`,
}));
