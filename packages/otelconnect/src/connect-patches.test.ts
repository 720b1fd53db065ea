import assert from "node:assert/strict";
import { test } from "node:test";
import type { Interceptor } from "@connectrpc/connect";
import * as connect from "@connectrpc/connect";
import { EchoService } from "../testing/echo-service.ts";
import type { AddedInterceptors } from "./connect-patches.ts";
import { patchExports } from "./connect-patches.ts";
import { createOutermostInterceptor, markOwn } from "./own-interceptors.ts";

const name = "@connectrpc/connect";

/** Interceptors of an instrumentation that says when they run. */
function adding(who: string, ran: string[], isEnabled = () => true): AddedInterceptors {
  const outermost = (side: "client" | "server") => {
    const tell: Interceptor = markOwn((next) => (request) => {
      ran.push(`${who} ${side}`);
      return next(request);
    });
    return createOutermostInterceptor(side, () => (isEnabled() ? tell : undefined));
  };
  return { client: outermost("client"), server: outermost("server") };
}

async function callBy({ createRouterTransport }: typeof connect): Promise<void> {
  const transport = createRouterTransport((router) =>
    router.service(EchoService, { unary: ({ value }) => ({ value }) }),
  );
  await connect.createClient(EchoService, transport).unary({});
}

const patch = (exports: object, added: AddedInterceptors) =>
  patchExports(name, exports as Record<string, unknown>, added) as unknown as typeof connect;

test("of two instrumentations the later one adds its interceptors, and the earlier may have been switched off", async () => {
  const ran: string[] = [];
  let isFirstOn = true;
  const first = patch(
    { ...connect },
    adding("first", ran, () => isFirstOn),
  );
  const both = patch(first, adding("second", ran));
  await callBy(both);
  isFirstOn = false;
  await callBy(both);
  assert.deepEqual(ran, ["second client", "second server", "second client", "second server"]);
});

test("one instrumentation does not patch what it has patched", () => {
  const added = adding("only", []);
  const once = patch({ ...connect }, added);
  assert.equal(patch(once, added).createConnectRouter, once.createConnectRouter);
});

test("what is not patched is as it was", () => {
  const {
    createRouterTransport: _a,
    createConnectRouter: _b,
    ...others
  } = patch({ ...connect }, adding("any", []));
  for (const [key, value] of Object.entries(others)) assert.equal(value, Reflect.get(connect, key), key);
  assert.deepEqual(patchExports("another", { one: 1 }, adding("any", [])), { one: 1 });
});

test("exports that are read only are copied, and those of an ES module written", () => {
  const original = () => undefined;
  const readOnly = Object.defineProperty({}, "createConnectRouter", {
    get: () => original,
    enumerable: true,
  });
  assert.notEqual(patch(readOnly, adding("any", [])).createConnectRouter, original);
  assert.equal(Reflect.get(readOnly, "createConnectRouter"), original);
  const namespace = { createConnectRouter: original, [Symbol.toStringTag]: "Module" };
  assert.equal(patch(namespace, adding("any", [])), namespace);
  assert.notEqual(namespace.createConnectRouter, original);
});
