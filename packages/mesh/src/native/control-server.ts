import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { convergeSchema, partActionSchema, signalSchema } from "./control-protocol.ts";
import type { Supervisor } from "./supervisor.ts";

/** A server that takes commands for a supervisor on a port of 127.0.0.1, from those who know the token. */
export interface ControlServer {
  readonly port: number;
  readonly token: string;
  close(): void;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const LARGEST_BODY = 16 * 1024 * 1024;

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > LARGEST_BODY) {
      throw new Error(`The request is larger than ${LARGEST_BODY} bytes.`);
    }
    chunks.push(chunk);
  }
  return size === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString("utf8"));
}

function isAllowed(request: IncomingMessage, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? "");
  const expected = Buffer.from(`Bearer ${token}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

async function actOnPart(
  supervisor: Supervisor,
  name: string,
  action: string,
  body: unknown,
): Promise<Answer> {
  const { signal } = z.object({ signal: signalSchema.optional() }).parse(body);
  if (!supervisor.has(name)) {
    return { status: 404, body: { error: `There is no part ${name}.` } };
  }
  switch (partActionSchema.parse(action)) {
    case "stop":
      await supervisor.stopPart(name, signal);
      break;
    case "start":
      await supervisor.startPart(name);
      break;
    case "restart":
      await supervisor.restartPart(name);
      break;
    case "kill":
      if (!supervisor.killPart(name, signal ?? "SIGKILL")) {
        return { status: 409, body: { error: `${name} is not running.` } };
      }
      break;
  }
  return { status: 200, body: {} };
}

async function answer(
  supervisor: Supervisor,
  request: IncomingMessage,
  onShutdown: () => void,
): Promise<Answer> {
  const [, first = "", name, action] = (request.url ?? "").split("/");
  const route = `${request.method} ${first}`;
  if (route === "GET status") {
    return { status: 200, body: supervisor.state };
  }
  if (route === "POST converge") {
    return { status: 200, body: await supervisor.converge(convergeSchema.parse(await readBody(request))) };
  }
  if (route === "POST parts" && name && action) {
    return actOnPart(supervisor, decodeURIComponent(name), action, await readBody(request));
  }
  if (route === "POST shutdown") {
    await supervisor.shutdown();
    onShutdown();
    return { status: 200, body: {} };
  }
  return { status: 404, body: { error: `There is no ${request.method} ${request.url}.` } };
}

/** Listens on a free port of 127.0.0.1. `onShutdown` is called when a shutdown that was asked for is complete. */
export async function serveControl(supervisor: Supervisor, onShutdown: () => void): Promise<ControlServer> {
  const token = randomBytes(32).toString("hex");
  const server: Server = createServer(async (request, response) => {
    const reply = ({ status, body }: Answer) => {
      response
        .writeHead(status, { "content-type": "application/json", connection: "close" })
        .end(JSON.stringify(body));
    };
    if (!isAllowed(request, token)) {
      reply({ status: 401, body: { error: "The token is missing or wrong." } });
      return;
    }
    try {
      reply(await answer(supervisor, request, () => response.once("close", onShutdown)));
    } catch (error) {
      reply({ status: 400, body: { error: error instanceof Error ? error.message : String(error) } });
    }
  });
  // A part may take minutes to stop; who asked for that waits for the answer.
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return { port: (server.address() as AddressInfo).port, token, close: () => server.close() };
}
