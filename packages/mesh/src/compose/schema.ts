import { parseDuration } from "@envoy-mesh-lab/trace";
import { z } from "zod";

const duration = z.string().transform((text, context) => {
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined) {
    context.addIssue({ code: "custom", message: `"${text}" is not a duration such as 30s` });
    return z.NEVER;
  }
  return milliseconds;
});

const healthcheck = z.object({
  test: z.array(z.string()).optional(),
  disable: z.boolean().optional(),
  interval: duration.optional(),
  timeout: duration.optional(),
  retries: z.number().int().nonnegative().optional(),
  start_period: duration.optional(),
  start_interval: duration.optional(),
});

const dependency = z.object({
  condition: z.enum(["service_started", "service_healthy", "service_completed_successfully"]),
  required: z.boolean().default(true),
  restart: z.boolean().default(false),
});

const port = z.object({
  target: z.number().int(),
  published: z.string().optional(),
});

const volume = z.object({
  type: z.string(),
  source: z.string().optional(),
  target: z.string(),
});

const networkName = z
  .string()
  .regex(/^[a-z][a-z0-9]{0,9}$/, "is no name of a network: up to ten letters and digits");

export const networksSchema = z.strictObject({
  /** The network in which the others are joined, and from whose address this machine's own is reached. */
  joint: networkName,
  /** By name of the network. */
  addresses: z.record(networkName, z.ipv4()),
  names: z.record(z.string(), z.ipv4()).default({}),
  outside: z.array(z.string().regex(/^[^:]+:\d+$/, "is no service:port")).default([]),
});

const native = z.strictObject({
  program: z.string().min(1).optional(),
  ready: z.url({ protocol: /^https?$/ }).optional(),
  refusals: z.strictObject({ url: z.url({ protocol: /^https?$/ }), counter: z.string().min(1) }).optional(),
  room: z.number().int().positive().optional(),
  validate: z.array(z.string()).min(1).optional(),
  network: networkName.optional(),
  networks: networksSchema.optional(),
  group: z.number().int().positive().optional(),
  uses: z.record(z.string().startsWith("/"), z.string()).default({}),
  drain: z.union([z.url({ protocol: /^https?$/ }), z.string().startsWith("/")]).optional(),
});

const service = z.object({
  build: z.object({ context: z.string() }).optional(),
  cap_add: z.array(z.string()).default([]),
  command: z.array(z.string()).nullish(),
  entrypoint: z.array(z.string()).nullish(),
  depends_on: z.record(z.string(), dependency).default({}),
  environment: z.record(z.string(), z.string().nullable()).default({}),
  image: z.string().optional(),
  expose: z.array(z.string()).default([]),
  healthcheck: healthcheck.optional(),
  ports: z.array(port).default([]),
  restart: z.string().default("no"),
  stop_grace_period: duration.optional(),
  stop_signal: z.string().optional(),
  tmpfs: z.array(z.string()).default([]),
  volumes: z.array(volume).default([]),
  working_dir: z.string().optional(),
  "x-native": native.optional(),
});

const project = z.object({
  name: z.string(),
  services: z.record(z.string(), service).default({}),
});

/** A service as compose-go normalised it, cut to what the native runner honours. Durations are in milliseconds. */
export type ComposeService = z.output<typeof service>;

/** A project as compose-go normalised it, cut to what the native runner honours. */
export type ComposeProject = z.output<typeof project>;

/** What `native/tools/compose-model` prints. */
export const modelOutput = z.object({
  files: z.array(z.string()),
  project: z.record(z.string(), z.unknown()),
});

export { project as projectSchema };
