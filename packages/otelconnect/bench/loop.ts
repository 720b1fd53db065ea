import { create } from "@bufbuild/protobuf";
import { StringValueSchema } from "@bufbuild/protobuf/wkt";
import type { UnaryRequest, UnaryResponse } from "@connectrpc/connect";
import { createContextValues } from "@connectrpc/connect";
import { createClientInterceptor, createServerInterceptor } from "../src/index.ts";
import { EchoService } from "../testing/echo-service.ts";

/**
 * Our interceptors in a loop as the floor's, on the same headers, around calls that do nothing. Held against the floor,
 * it shows what we do more than any tracer must, without what a call makes of it: a header more on the wire, memory that
 * is collected between other work, and code that no cache holds.
 *
 * @returns one pass: a call of the client, then one of the server
 */
export function loopPass(): () => Promise<void> {
  const method = EchoService.method.unary;
  const header = new Headers({ "content-type": "application/proto", "user-agent": "connect-es/2.2.0" });
  const common = { service: EchoService, method, message: create(StringValueSchema), stream: false } as const;
  const response: UnaryResponse = { ...common, header: new Headers(), trailer: new Headers() };
  const answered = Promise.resolve(response);
  const answer = () => answered;
  const client = createClientInterceptor()(answer);
  const server = createServerInterceptor()(answer);
  function request(): UnaryRequest {
    return {
      ...common,
      requestMethod: "POST",
      url: "http://127.0.0.1:8080/echo.v1.EchoService/Unary",
      signal,
      header,
      contextValues,
    };
  }
  const { signal } = new AbortController();
  const contextValues = createContextValues();
  return async () => {
    await client(request());
    await server(request());
  };
}
