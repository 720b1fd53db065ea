import type { Interceptor } from "@connectrpc/connect";
import { interceptClient } from "./client-calls.ts";
import type { Options } from "./options.ts";
import { createSettings } from "./settings.ts";

/** The options of the small interceptor for clients, which mean what they mean in `ClientOptions`. */
export type WebClientOptions = Pick<Options, "tracerProvider" | "propagator">;

/** A method of what each option takes. */
const methods: Readonly<Record<string, string>> = { tracerProvider: "getTracer", propagator: "inject" };

/**
 * Makes an interceptor for a client's transport as `createClientInterceptor` of the package's main entry does, but a smaller
 * one, for pages that have to load it: the same span with the same attributes, that begins, is handed on and ends alike, without
 * metrics and without the options that are not named here.
 *
 * @throws TypeError when an option is wrong, or is one that there is not; the message names it.
 */
export function createClientInterceptor(options: WebClientOptions = {}): Interceptor {
  for (const [name, value] of Object.entries<unknown>(options)) {
    const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
    if (method === undefined) {
      throw new TypeError(`createClientInterceptor: the entry "web" has no option "${name}"`);
    }
    if (
      value !== undefined &&
      typeof (value as Readonly<Record<string, unknown>> | null)?.[method] !== "function"
    ) {
      throw new TypeError(`createClientInterceptor: the option "${name}" must be an object with ${method}()`);
    }
  }
  return interceptClient(createSettings("client", options));
}
