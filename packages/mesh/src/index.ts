export { assertComposeFiles } from "./compose/assert-files.ts";
export { publishedPort } from "./compose/published-port.ts";
export { readConfiguration, readTopology } from "./compose/read-topology.ts";
export type { Topology, TopologyPart } from "./compose/topology.ts";
export { envoyStat } from "./envoy-stat.ts";
export { exploreUrl, grafanaUids } from "./grafana.ts";
export { isIstio, withIstio } from "./istio/istio-mesh.ts";
export { ensureIstio, whyNoIstio } from "./istio/programs.ts";
export { nodeAddress } from "./kubernetes/node/config.ts";
export { unmountBelow } from "./kubernetes/node/host.ts";
export { type Image, type Layer, librariesOf, writeImages } from "./kubernetes/node/image-archive.ts";
export { meshImages } from "./kubernetes/node/images.ts";
export { nodeNamespace } from "./kubernetes/node/node.ts";
export { whyNoNode } from "./kubernetes/node/programs.ts";
export { adminPorts, labParts, type PartPort, servicePorts } from "./lab-parts.ts";
export { type Balance, balance, imbalances, type SenderBalance } from "./ledger/balance.ts";
export { diagnose } from "./ledger/diagnose.ts";
export { readLedger } from "./ledger/gather.ts";
export { type Ledger, sumMetric } from "./ledger/ledger.ts";
export { describeLosses, vanishedSpans } from "./ledger/losses.ts";
export {
  isRunning,
  isWell,
  type MeshStatus,
  type MeshUpResult,
  meshDown,
  meshStatus,
  meshUp,
  type PartStatus,
  partAction,
} from "./native/mesh.ts";
export { meshFolder } from "./native/mesh-folder.ts";
export { prefixLines } from "./native/native-runtime.ts";
export { renderStatus } from "./native/render-status.ts";
export { pageOrigin, pageProfile } from "./page.ts";
export { goEnvironment } from "./programs/go-build.ts";
export { ensureGoTool } from "./programs/go-tool.ts";
export { ensurePrograms, interruptible, progressPrinter } from "./programs/index.ts";
export { findRuntime, type RuntimeQuery } from "./runtime/find.ts";
export { rememberedTrace, rememberTrace } from "./runtime/last-trace.ts";
export { type Mesh, readMesh, requireRuntime } from "./runtime/mesh.ts";
export type {
  ClusterChoice,
  LogAddition,
  LogMark,
  MeshPart,
  MeshView,
  Runtime,
  RuntimeName,
  UpOptions,
  UpResult,
} from "./runtime/runtime.ts";
export { urlVia, type Via, ways } from "./runtime/via.ts";
