import { randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { convergeSchema, nothingSchema, partCommandSchema } from "./control-protocol.ts";
import { BodyError, readBody } from "./request-body.ts";
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

/** A command is a few hundred kilobytes at most. Its answer may take minutes, as a part may take them to stop. */
const longestArrival = 10_000;

function isAllowed(request: IncomingMessage, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? "");
  const expected = Buffer.from(`Bearer ${token}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** Whether a request names this host by its address: a web page that has its own name point here does not. */
function isForThisHost({ headers, socket }: IncomingMessage): boolean {
  return headers.host === `127.0.0.1:${socket.localPort}`;
}

/** A command that was checked whole, and does nothing before it is called. */
type Command = (supervisor: Supervisor) => Promise<Answer>;

/**
 * Reads the command in a request. Undefined when there is no such command.
 *
 * @throws ZodError or BodyError when it is malformed.
 */
async function readCommand(request: IncomingMessage, onShutdown: () => void): Promise<Command | undefined> {
  const [, first = "", name, action, ...rest] = (request.url ?? "").split("/");
  const route = `${request.method} ${first}`;
  if (route === "POST parts" && name && action && rest.length === 0) {
    const body = await readBody(request);
    const command = partCommandSchema.parse({ ...body, name: decodeName(name), action });
    return (supervisor) => actOnPart(supervisor, command);
  }
  if (name !== undefined) {
    return undefined;
  }
  if (route === "GET status") {
    return async (supervisor) => ({ status: 200, body: supervisor.state });
  }
  if (route === "POST look") {
    nothingSchema.parse(await readBody(request));
    return async (supervisor) => {
      await supervisor.look();
      return { status: 200, body: supervisor.state };
    };
  }
  if (route === "POST converge") {
    const plan = convergeSchema.parse(await readBody(request));
    return async (supervisor) => ({ status: 200, body: await supervisor.converge(plan) });
  }
  if (route === "POST shutdown") {
    nothingSchema.parse(await readBody(request));
    return async (supervisor) => {
      await supervisor.shutdown();
      onShutdown();
      return { status: 200, body: {} };
    };
  }
  return undefined;
}

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    throw new BodyError(400, `The path is not percent-encoded: ${name.slice(0, 100)}`);
  }
}

async function actOnPart(
  supervisor: Supervisor,
  command: z.infer<typeof partCommandSchema>,
): Promise<Answer> {
  const { name } = command;
  if (!supervisor.has(name)) {
    return { status: 404, body: { error: `There is no part ${name}.` } };
  }
  switch (command.action) {
    case "stop":
      await supervisor.stopPart(name, command.signal);
      break;
    case "start":
      await supervisor.startPart(name);
      break;
    case "restart":
      await supervisor.restartPart(name);
      break;
    case "kill":
      if (!supervisor.killPart(name, command.signal ?? "SIGKILL")) {
        return { status: 409, body: { error: `${name} is not running.` } };
      }
      break;
  }
  return { status: 200, body: {} };
}

/** The answer to a command that was refused, or that failed. */
function failure(error: unknown): Answer {
  if (error instanceof z.ZodError) {
    // The first few say enough: a plan can be wrong in a million places.
    const places = new z.ZodError(error.issues.slice(0, 5));
    const what = z.prettifyError(places).slice(0, 2_000);
    return { status: 400, body: { error: `The command is malformed, nothing was done:\n${what}` } };
  }
  if (error instanceof BodyError) {
    return { status: error.status, body: { error: error.message } };
  }
  return { status: 500, body: { error: error instanceof Error ? error.message : String(error) } };
}

/**
 * Listens on a free port of 127.0.0.1.
 *
 * @param onShutdown Called when a shutdown that was asked for is complete.
 * @param longestArrivalMs How long a request may take to arrive, in milliseconds. Default: 10 s.
 */
export async function serveControl(
  supervisor: Supervisor,
  onShutdown: () => void,
  longestArrivalMs = longestArrival,
): Promise<ControlServer> {
  const token = randomBytes(32).toString("hex");
  const server: Server = createServer({ connectionsCheckingInterval: 1_000 }, async (request, response) => {
    const reply = ({ status, body }: Answer) => {
      response
        .writeHead(status, { "content-type": "application/json", connection: "close" })
        .end(JSON.stringify(body));
    };
    if (!isForThisHost(request)) {
      reply({ status: 403, body: { error: "The Host is not this one." } });
      return;
    }
    if (!isAllowed(request, token)) {
      reply({ status: 401, body: { error: "The token is missing or wrong." } });
      return;
    }
    try {
      const command = await readCommand(request, () => response.once("close", onShutdown));
      const nothing = `There is no ${request.method} ${request.url?.slice(0, 100)}.`;
      reply((await command?.(supervisor)) ?? { status: 404, body: { error: nothing } });
    } catch (error) {
      reply(failure(error));
    }
  });
  server.requestTimeout = longestArrivalMs;
  server.headersTimeout = longestArrivalMs;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return { port: (server.address() as AddressInfo).port, token, close: () => server.close() };
}
