import type { NextConfig } from "next";

const config: NextConfig = {
  // The SDK is left to Node, which finds what is optional of it; otelconnect and Connect may be bundled.
  serverExternalPackages: ["@opentelemetry/sdk-node"],
  // The pages are here, whatever lies in folders above.
  outputFileTracingRoot: import.meta.dirname,
  turbopack: { root: import.meta.dirname },
};
export default config;
