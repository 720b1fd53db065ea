import type { ConnectRouter, Interceptor } from "@connectrpc/connect";
import type { SpanProcessor } from "@opentelemetry/sdk-trace";
import type { z } from "zod";
import type { ServiceConfig, ServiceDefaults } from "./config.ts";
import { readConfig } from "./config.ts";
import { ConfigError } from "./environment.ts";
import type { Logger } from "./logger.ts";
import { createLogger } from "./logger.ts";
import { startServer } from "./server.ts";
import { startTelemetry } from "./telemetry.ts";

/** What makes one service different from another. */
export interface ServiceDefinition<S extends z.ZodRawShape> {
  readonly defaults: ServiceDefaults;
  /** The environment variables that only this service has. */
  readonly environment: S;
  /** Full names of the RPC services, for the health protocol. */
  readonly services: readonly string[];
  /** Makes what registers the RPC services. Called once, after telemetry has started. */
  readonly routes: (
    settings: z.output<z.ZodObject<S>>,
    config: ServiceConfig,
    log: Logger,
  ) => (router: ConnectRouter) => void;
  /** Makes the SERVER spans. Default: `createServerInterceptor` of otelconnect. */
  readonly tracing?: Interceptor;
  /** What each span passes before it is handed on, such as to be given attributes. Default: nothing. */
  readonly spanProcessors?: readonly SpanProcessor[];
}

/** Exit codes of a service. */
const exitCodes = {
  /** It could not start, or broke. */
  failure: 1,
  /** Its configuration is wrong. */
  configuration: 2,
  /** It got a second signal to stop and did not wait for what was in flight. */
  forced: 130,
} as const;

/** The argument that has a service check its configuration and exit, with 0 or 2. */
const validateFlag = "--validate";

/**
 * Runs a service until it gets SIGTERM or SIGINT; then it finishes what is in flight, sends its last spans
 * and exits with 0. A second signal ends it at once. With the argument `--validate` it only checks its configuration.
 */
export async function runService<S extends z.ZodRawShape>(definition: ServiceDefinition<S>): Promise<void> {
  const { service: config, own } = readConfigOrExit(definition);
  if (process.argv.includes(validateFlag)) {
    return;
  }
  const log = createLogger({ serviceName: config.telemetry.serviceName, level: config.logLevel });
  const telemetry = startTelemetry(config.telemetry, log, definition.spanProcessors);
  const server = await startServer({
    config,
    log,
    telemetry,
    services: definition.services,
    routes: definition.routes(own, config, log),
    ...(definition.tracing ? { tracing: definition.tracing } : {}),
  }).catch(async (error: unknown) => {
    const { host, port } = config.listen;
    log.fatal({ err: error }, `cannot listen on ${host}:${port}; set LISTEN_ADDRESS to another address`);
    await telemetry.stop();
    process.exit(exitCodes.failure);
  });
  log.info({ address: `${server.address.address}:${server.address.port}` }, "serving");

  let stopping = false;
  async function stop(signal: NodeJS.Signals): Promise<void> {
    if (stopping) {
      log.warn({ signal }, "told to stop again, not waiting any longer");
      process.exit(exitCodes.forced);
    }
    stopping = true;
    log.info({ signal }, "stopping");
    const finished = await server.stop();
    if (!finished) {
      log.warn({ timeout_ms: config.shutdownTimeoutMs }, "cut off the calls that did not finish in time");
    }
    await telemetry.stop();
    log.info("stopped");
    process.exit(0);
  }
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

function readConfigOrExit<S extends z.ZodRawShape>(definition: ServiceDefinition<S>) {
  try {
    return readConfig(definition.defaults, definition.environment, process.env);
  } catch (error) {
    if (error instanceof ConfigError) {
      console.error(`${definition.defaults.serviceName}: ${error.message}`);
      process.exit(exitCodes.configuration);
    }
    throw error;
  }
}
