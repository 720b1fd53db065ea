import { once } from "node:events";
import * as http from "node:http";
import * as http2 from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { createServer } from "node:net";
import type { OtlpIntake } from "@envoy-mesh-lab/trace";
import { BadRequest, ExitCode, LabError } from "@envoy-mesh-lab/trace";
import type { Forwarder } from "./forwarder.ts";
import type { Encoding } from "./otlp-answer.ts";
import { errorAnswer, exportAnswer, grpcFrame } from "./otlp-answer.ts";
import { grpcCode, Refusal } from "./refusal.ts";
import { RequestBodies, unpackBody } from "./request-body.ts";

type Request = http.IncomingMessage | http2.Http2ServerRequest;
type Response = http.ServerResponse | http2.Http2ServerResponse;

/** What HTTP/2 begins with (RFC 9113, section 3.4), as far as it tells it from every request of HTTP/1. */
const http2Preface = "PRI * HTTP/2.0";

/** The signals of OTLP by their paths: for HTTP, and for gRPC. */
const signals: Readonly<Record<string, string>> = {
  "/v1/traces": "traces",
  "/v1/metrics": "metrics",
  "/v1/logs": "logs",
  "/opentelemetry.proto.collector.trace.v1.TraceService/Export": "traces",
  "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export": "metrics",
  "/opentelemetry.proto.collector.logs.v1.LogsService/Export": "logs",
};

/**
 * Receives OTLP on 127.0.0.1: gRPC, and HTTP with protobuf or JSON, all on one port, since OTEL_EXPORTER_OTLP_ENDPOINT is one
 * address and SDKs differ in the protocol that they have by default. Metrics and logs are answered and counted, so that an
 * SDK that sends them has no errors, and not looked at.
 */
export class Receiver {
  readonly #intake: OtlpIntake;
  readonly #forwarder: Forwarder | undefined;
  readonly #received: () => void;
  readonly #bodies = new RequestBodies();
  readonly #sockets = new Set<Socket>();
  readonly #http1 = http.createServer((request, response) => void this.#answer(request, response));
  readonly #http2 = http2.createServer((request, response) => void this.#answer(request, response));
  readonly #servers = new Set<ReturnType<typeof createServer>>();
  #others = 0;
  #refused = 0;
  #firstRefusal = "";

  /** @param received is called after every request that had spans. */
  constructor(intake: OtlpIntake, received: () => void, forwarder?: Forwarder) {
    this.#intake = intake;
    this.#received = received;
    this.#forwarder = forwarder;
    // A client that breaks off, or speaks no HTTP, is its own affair; that of HTTP/1 is answered with 400.
    this.#http2.on("sessionError", () => {});
  }

  /**
   * Begins to listen.
   *
   * @param port 0 for any that is free.
   * @returns the port.
   * @throws {LabError} (exit code `portTaken`) when it cannot be had.
   */
  async listen(port: number): Promise<number> {
    const server = createServer((socket) => this.#greet(socket));
    this.#servers.add(server);
    try {
      server.listen(port, "127.0.0.1");
      await once(server, "listening");
    } catch (error) {
      throw new LabError(`cannot listen on 127.0.0.1:${port}: ${(error as Error).message}`, {
        exitCode: ExitCode.portTaken,
        hint: "is a Collector there already? --port N takes another, --port 0 any that is free",
      });
    }
    return (server.address() as AddressInfo).port;
  }

  /** How many requests held metrics or logs; how many were refused, and why the first was. */
  get counts(): { readonly others: number; readonly refused: number; readonly firstRefusal: string } {
    return { others: this.#others, refused: this.#refused, firstRefusal: this.#firstRefusal };
  }

  /** Ends, with what is open. */
  close(): void {
    for (const it of this.#servers) it.close();
    for (const it of this.#sockets) it.destroy();
  }

  /** Looks at the first bytes of a connection for whether it is HTTP/2. */
  #greet(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    let head = Buffer.alloc(0);
    const look = (chunk: Buffer) => {
      head = Buffer.concat([head, chunk]);
      const begins = head.toString("latin1", 0, http2Preface.length);
      if (begins.length < http2Preface.length && http2Preface.startsWith(begins)) return;
      socket.off("data", look);
      socket.pause();
      socket.unshift(head);
      if (begins === http2Preface) {
        // It takes what was put back itself, so that nothing may flow.
        this.#http2.emit("connection", socket);
      } else {
        this.#http1.emit("connection", socket);
        socket.resume();
      }
    };
    socket.on("data", look);
  }

  async #answer(request: Request, response: Response): Promise<void> {
    const type = (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
    const isGrpc = type.startsWith("application/grpc");
    const encoding: Encoding = type === "application/json" ? "json" : "protobuf";
    try {
      const message = await this.#take(request, type, isGrpc, encoding);
      if (isGrpc) sendGrpc(response, grpcCode.ok, "", message);
      else send(response, 200, encoding, message);
    } catch (error) {
      if (!(error instanceof Refusal)) {
        // The client broke off, so that there is nobody to answer.
        response.destroy();
        return;
      }
      this.#refused++;
      this.#firstRefusal ||= error.message;
      if (isGrpc) sendGrpc(response, error.grpc, error.message);
      else send(response, error.http, encoding, errorAnswer(encoding, error.grpc, error.message));
    }
  }

  async #take(request: Request, type: string, isGrpc: boolean, encoding: Encoding): Promise<Uint8Array> {
    const path = (request.url ?? "").split("?")[0] ?? "";
    const signal = signals[path];
    if (signal === undefined || path.startsWith("/v1/") === isGrpc) {
      throw new Refusal(404, grpcCode.unimplemented, `there is nothing at ${path.slice(0, 100)}`);
    }
    if (request.method !== "POST") throw new Refusal(405, grpcCode.unimplemented, "OTLP is sent by POST");
    if (!isGrpc && type !== "application/x-protobuf" && type !== "application/json") {
      const known = "application/x-protobuf and application/json are";
      throw new Refusal(
        415,
        grpcCode.invalidArgument,
        `content type "${type.slice(0, 100)}" is not taken; ${known}`,
      );
    }
    const header = (name: string) => `${request.headers[name] ?? ""}`.trim().toLowerCase();
    return await this.#bodies.read(request, async (body) => {
      const unpacked = isGrpc
        ? unframe(body, header("grpc-encoding"))
        : unpackBody(body, header("content-encoding"));
      return this.#takeMessage(await unpacked, signal, encoding);
    });
  }

  #takeMessage(bytes: Buffer, signal: string, encoding: Encoding): Uint8Array {
    this.#forwarder?.pass(signal, encoding, bytes);
    if (signal !== "traces") {
      this.#others++;
      return exportAnswer(encoding, 0, "");
    }
    try {
      const { rejected, why } = this.#intake.take(bytes, encoding);
      return exportAnswer(encoding, rejected, why);
    } catch (error) {
      if (!(error instanceof BadRequest)) throw error;
      throw new Refusal(
        400,
        grpcCode.invalidArgument,
        `it is no ExportTraceServiceRequest: ${error.message}`,
      );
    } finally {
      this.#received();
    }
  }
}

/** The one message of a call of gRPC, unpacked. */
async function unframe(body: Buffer, encoding: string): Promise<Buffer> {
  if (body.length < 5 || body.readUInt32BE(1) !== body.length - 5) {
    throw new Refusal(400, grpcCode.invalidArgument, `${body.length} bytes are not one message of gRPC`);
  }
  const message = body.subarray(5);
  return body[0] === 0 ? message : unpackBody(message, encoding || "gzip");
}

function send(response: Response, status: number, encoding: Encoding, body: Uint8Array): void {
  response.statusCode = status;
  response.setHeader("content-type", encoding === "json" ? "application/json" : "application/x-protobuf");
  // OTLP 1.x, "OTLP/HTTP Throttling": when to send again, in seconds.
  if (status === 429) response.setHeader("retry-after", "1");
  // What is left of a body that is not taken would be the next request.
  if (status === 413 && response instanceof http.ServerResponse) response.setHeader("connection", "close");
  (response as http.ServerResponse).end(body);
}

function sendGrpc(response: Response, code: number, message: string, body?: Uint8Array): void {
  if (!("stream" in response)) {
    // gRPC needs HTTP/2.
    send(response, 505, "protobuf", new Uint8Array(0));
    return;
  }
  response.writeHead(200, {
    "content-type": "application/grpc",
    "grpc-accept-encoding": "identity,gzip,deflate",
  });
  response.addTrailers({
    "grpc-status": `${code}`,
    ...(message === "" ? {} : { "grpc-message": encodeURIComponent(message) }),
  });
  response.end(body === undefined ? new Uint8Array(0) : grpcFrame(body));
}
