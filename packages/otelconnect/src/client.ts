import type { Interceptor } from "@connectrpc/connect";
import { interceptClient } from "./client-calls.ts";
import { OptionExtras } from "./extras.ts";
import type { ClientOptions } from "./options.ts";
import { createSettings } from "./settings.ts";
import { validateOptions } from "./validate.ts";

/**
 * Makes an interceptor for a client's transport. Each call gets a CLIENT span whose parent is the span that
 * is active where the call is made, and the request carries that span to the server.
 *
 * The span of a unary call ends with the response, that of a stream when the response was read to its end.
 * A reader that leaves a stream early should abort the call's signal: that ends the span and tells the
 * server. One that does not leaves the stream open, and its span ends when the garbage collector finds it.
 *
 * The first interceptor of the list is the outermost: put it first to have one span for all tries of an
 * interceptor that tries again, last to have the tries apart.
 *
 * @throws TypeError when an option is wrong; the message names it.
 */
export function createClientInterceptor(options: ClientOptions = {}): Interceptor {
  validateOptions("createClientInterceptor", options);
  return interceptClient(createSettings("client", options, new OptionExtras("client", options)));
}
