// An app in ES modules that says nothing of tracing: node --import ... esm-app.ts <kind of server>
import * as connect from "@connectrpc/connect";
import * as connectExpress from "@connectrpc/connect-express";
import * as connectFastify from "@connectrpc/connect-fastify";
import * as node from "@connectrpc/connect-node";
import * as web from "@connectrpc/connect-web";
import { makeCalls } from "./calls.ts";

const modules = { connect, node, web, express: connectExpress, fastify: connectFastify };
await makeCalls(modules, process.argv[2] as Parameters<typeof makeCalls>[1]);
