export { exportPage } from "@envoy-mesh-lab/page/export";
