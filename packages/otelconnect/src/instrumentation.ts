import type { MeterProvider, TracerProvider } from "@opentelemetry/api";
import { createNoopMeter } from "@opentelemetry/api";
import type { InstrumentationConfig } from "@opentelemetry/instrumentation";
import { InstrumentationBase, InstrumentationNodeModuleDefinition } from "@opentelemetry/instrumentation";
import { createClientInterceptor } from "./client.ts";
import type { AddedInterceptors } from "./connect-patches.ts";
import { patchExports, patchedPackages } from "./connect-patches.ts";
import type { ClientOptions, ServerOptions } from "./options.ts";
import { createOutermostInterceptor } from "./own-interceptors.ts";
import { createServerInterceptor } from "./server.ts";
import { scope } from "./settings.ts";

/** The options of `ConnectInstrumentation`, beside `enabled`. */
export interface ConnectInstrumentationConfig extends InstrumentationConfig {
  /** Options of the interceptor that transports get. Default: none, as in `createClientInterceptor()`. */
  readonly client?: ClientOptions | undefined;
  /** Options of the interceptor that routers get. Default: none, as in `createServerInterceptor()`. */
  readonly server?: ServerOptions | undefined;
}

/** Releases of Connect's packages that this package is made for, as its peer dependency says. */
const supported = /^2\.([2-9]|\d\d+)\./;

/**
 * Adds the interceptors of this package to every transport and every router of Connect that is made from packages that
 * are loaded after it: `registerInstrumentations({ instrumentations: [new ConnectInstrumentation()] })`.
 *
 * They come first in the list, which makes them the outermost. Where code adds one of them by itself, that one is left
 * as it is and none is added. ES modules are reached through OpenTelemetry's loader hook only,
 * `@opentelemetry/instrumentation/hook.mjs`, which the entry `register` of this package registers.
 *
 * While it is disabled, calls go on as if there was no interceptor.
 *
 * @throws TypeError when the configuration is wrong; the message names the option.
 */
export class ConnectInstrumentation extends InstrumentationBase<ConnectInstrumentationConfig> {
  // The base's constructor sets these through the methods below; a field with an initializer would undo that.
  declare private tracerProvider: TracerProvider | undefined;
  declare private meterProvider: MeterProvider | undefined;
  declare private interceptors: AddedInterceptors;

  /** @param config Default: enabled, with the defaults of both interceptors. */
  constructor(config: ConnectInstrumentationConfig = {}) {
    super(scope.name, scope.version, config);
  }

  /** Takes effect with the next call, on transports and routers that were made before too. */
  override setConfig(config: ConnectInstrumentationConfig = {}): void {
    const unknown = Object.keys(config).find((name) => !["enabled", "client", "server"].includes(name));
    if (unknown !== undefined) {
      throw new TypeError(
        `ConnectInstrumentation: there is no option "${unknown}"; there are enabled, client, server`,
      );
    }
    this.interceptors = this.createInterceptors(config);
    super.setConfig(config);
  }

  /** Where spans are made, unless the options of an interceptor say otherwise. Default: the global provider. */
  override setTracerProvider(tracerProvider: TracerProvider): void {
    super.setTracerProvider(tracerProvider);
    // A stand-in for the global provider may be that of another copy of the API, which hears nothing of the SDK.
    this.tracerProvider = "getDelegate" in tracerProvider ? undefined : tracerProvider;
    this.interceptors = this.createInterceptors(this.getConfig());
  }

  /** Where metrics are recorded, unless the options of an interceptor say otherwise. Default: the global provider. */
  override setMeterProvider(meterProvider: MeterProvider): void {
    super.setMeterProvider(meterProvider);
    // Before an SDK is started, the global provider is one that does nothing, and not replaced by the later one.
    const isIdle = meterProvider.getMeter(scope.name, scope.version) === createNoopMeter();
    this.meterProvider = isIdle ? undefined : meterProvider;
    this.interceptors = this.createInterceptors(this.getConfig());
  }

  protected override init(): InstrumentationNodeModuleDefinition[] {
    const added: AddedInterceptors = {
      client: createOutermostInterceptor("client", () => this.current("client")),
      server: createOutermostInterceptor("server", () => this.current("server")),
    };
    return patchedPackages.map(
      (name) =>
        new InstrumentationNodeModuleDefinition(name, ["*"], (exports, version = "of no version") => {
          if (!supported.test(version)) {
            this._diag.warn(`${name} ${version} is not instrumented; it needs 2.2 or later, below 3`);
            return exports;
          }
          return patchExports(name, exports, added);
        }),
    );
  }

  private current(side: keyof AddedInterceptors): AddedInterceptors[typeof side] | undefined {
    return this.isEnabled() ? this.interceptors[side] : undefined;
  }

  private createInterceptors({ client, server }: ConnectInstrumentationConfig): AddedInterceptors {
    const { tracerProvider, meterProvider } = this;
    // What is no object is handed on, to be refused there.
    const complete = <T extends ClientOptions>(options: T = {} as T): T =>
      typeof options === "object" ? { tracerProvider, meterProvider, ...options } : options;
    return {
      client: createClientInterceptor(complete(client)),
      server: createServerInterceptor(complete(server)),
    };
  }
}
