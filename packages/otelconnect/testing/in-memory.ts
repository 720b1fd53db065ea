import type { Client, ServiceImpl } from "@connectrpc/connect";
import { createClient, createRouterTransport } from "@connectrpc/connect";
import type { ClientOptions, ServerOptions } from "../src/index.ts";
import { createClientInterceptor, createServerInterceptor } from "../src/index.ts";
import { EchoService } from "./echo-service.ts";

/** The options of each side. */
export interface SideOptions {
  readonly client?: ClientOptions;
  readonly server?: ServerOptions;
}

/** Makes a client that calls a service in the same process, each side with an interceptor. */
export function connectInMemory(
  impl: Partial<ServiceImpl<typeof EchoService>>,
  { client = {}, server = {} }: SideOptions = {},
): Client<typeof EchoService> {
  const transport = createRouterTransport((router) => router.service(EchoService, impl), {
    router: { interceptors: [createServerInterceptor(server)] },
    transport: { interceptors: [createClientInterceptor(client)] },
  });
  return createClient(EchoService, transport);
}
