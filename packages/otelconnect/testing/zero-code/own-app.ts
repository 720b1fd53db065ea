// An app that adds the interceptors by itself: as they are ("plain"), or within one of its own ("hidden").
import type { Interceptor } from "@connectrpc/connect";
import * as connect from "@connectrpc/connect";
import * as connectExpress from "@connectrpc/connect-express";
import * as connectFastify from "@connectrpc/connect-fastify";
import * as node from "@connectrpc/connect-node";
import * as web from "@connectrpc/connect-web";
import { createClientInterceptor, createServerInterceptor } from "../../src/index.ts";
import { makeCalls } from "./calls.ts";

const modules = { connect, node, web, express: connectExpress, fastify: connectFastify };
const options = { spanName: () => "named by the app" };
const hide = (interceptor: Interceptor): Interceptor =>
  process.argv[3] === "hidden" ? (next) => interceptor(next) : interceptor;
await makeCalls(modules, process.argv[2] as Parameters<typeof makeCalls>[1], {
  client: hide(createClientInterceptor(options)),
  server: hide(createServerInterceptor(options)),
});
