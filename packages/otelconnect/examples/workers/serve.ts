// Bundles the worker and runs it, as wrangler does: node serve.ts
import { build } from "esbuild";
import { Miniflare } from "miniflare";

await build({
  entryPoints: ["worker.ts"],
  outfile: "worker.js",
  bundle: true,
  format: "esm",
  conditions: ["workerd", "worker", "browser"],
  external: ["node:*", "cloudflare:*"],
  // Packages for Node import Node's modules without "node:" too.
  plugins: [
    {
      name: "node modules",
      setup(esbuild) {
        esbuild.onResolve({ filter: /^(async_hooks|events)$/ }, ({ path }) => ({
          path: `node:${path}`,
          external: true,
        }));
      },
    },
  ],
});
const miniflare = new Miniflare({
  modules: true,
  scriptPath: "worker.js",
  compatibilityDate: "2026-07-01",
  compatibilityFlags: ["nodejs_compat"],
  bindings: { OTLP_ENDPOINT: process.env.OTEL_EXPORTER_OTLP_ENDPOINT ?? "http://127.0.0.1:4318" },
  host: "127.0.0.1",
  port: Number(process.env.PORT ?? 8080),
});
await miniflare.ready;
console.log("listening");
process.on("SIGTERM", async () => {
  await miniflare.dispose();
  process.exit();
});
