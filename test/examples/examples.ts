/** How an example of `packages/otelconnect/examples` is run. */
export interface Example {
  /** What is made before it starts. Default: nothing. */
  readonly build?: readonly string[];
  /** The server, and what it prints when it is ready. */
  readonly server: readonly string[];
  readonly ready?: RegExp;
  /** Another program beside the server, which serves the page. Default: none. */
  readonly page?: readonly string[];
  /** The client, which prints what the server answers. Default: none; the server is called by hand. */
  readonly client?: readonly string[];
  /** Path of the service. Default: at the root. */
  readonly prefix?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const node = ["node", "--import", "./tracing.ts"];
// Its own HTTP spans would stand between ours and are not what is shown.
const deno = { OTEL_DENO: "true", OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" };
const denoRun = ["deno", "run", "--allow-net", "--allow-env"];

/** All examples, by the name of their folder. */
export const examples: Readonly<Record<string, Example>> = {
  node: { server: [...node, "server.ts"], client: [...node, "client.ts"] },
  express: { server: [...node, "server.ts"] },
  fastify: { server: [...node, "--import", "@envoy-mesh-lab/otelconnect/register", "server.ts"] },
  bun: {
    // The script that npm runs after it installs; scripts of packages are not run here by themselves.
    build: ["node", "node_modules/bun/install.js"],
    server: ["bun", "--preload", "./tracing.ts", "server.ts"],
    client: ["bun", "--preload", "./tracing.ts", "client.ts"],
  },
  deno: { server: [...denoRun, "server.ts"], client: [...denoRun, "client.ts"], env: deno },
  workers: { server: ["node", "serve.ts"] },
  next: {
    build: ["next", "build"],
    server: ["next", "start", "--hostname", "127.0.0.1"],
    ready: /Ready/,
    prefix: "/api",
    env: { NEXT_TELEMETRY_DISABLED: "1" },
  },
  vite: {
    build: ["vite", "build"],
    server: ["node", "--import", "./server-tracing.ts", "server.ts"],
    page: ["vite", "preview"],
  },
};
