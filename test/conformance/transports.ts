import type { Interceptor, Transport } from "@connectrpc/connect";
import {
  compressionBrotli,
  compressionGzip,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import type { ClientCompatRequest } from "./messages.ts";
import { Codec, Compression, HttpVersion, Protocol, registry } from "./messages.ts";

const compressions = {
  [Compression.gzip]: compressionGzip,
  [Compression.br]: compressionBrotli,
};

/** Makes transports as the suite asks for them; one for all calls that ask for the same, so connections are shared. */
export function transports(interceptors: Interceptor[]): (request: ClientCompatRequest) => Transport {
  const made = new Map<string, Transport>();
  return (request) => {
    const { host, port, httpVersion, protocol, codec, compression, useGetHttpMethod } = request;
    const mutual = request.clientTlsCreds !== undefined;
    const key = JSON.stringify([
      [host, port, httpVersion, protocol, codec, compression],
      [useGetHttpMethod, mutual],
    ]);
    const transport = made.get(key) ?? makeTransport(request, interceptors);
    made.set(key, transport);
    return transport;
  };
}

function makeTransport(request: ClientCompatRequest, interceptors: Interceptor[]): Transport {
  const { host, port, protocol, serverTlsCert, clientTlsCreds } = request;
  const secure = serverTlsCert.length > 0;
  const compression = compressions[request.compression as keyof typeof compressions];
  const tls = {
    ca: Buffer.from(serverTlsCert),
    ...(clientTlsCreds === undefined
      ? {}
      : { cert: Buffer.from(clientTlsCreds.cert), key: Buffer.from(clientTlsCreds.key) }),
  };
  const options = {
    baseUrl: `${secure ? "https" : "http"}://${host}:${port}`,
    httpVersion: request.httpVersion === HttpVersion.http2 ? ("2" as const) : ("1.1" as const),
    nodeOptions: secure ? tls : {},
    interceptors,
    useBinaryFormat: request.codec === Codec.proto,
    jsonOptions: { registry },
    acceptCompression: compression === undefined ? [] : [compression],
    ...(compression === undefined ? {} : { sendCompression: compression }),
    // Below zero, because at zero connect-es leaves an empty message of a unary call as it is.
    compressMinBytes: -1,
  };
  switch (protocol) {
    case Protocol.connect:
      return createConnectTransport({ ...options, useHttpGet: request.useGetHttpMethod });
    case Protocol.grpc:
      return createGrpcTransport(options);
    case Protocol.grpcWeb:
      return createGrpcWebTransport(options);
    default:
      throw new Error(`the suite asks for an unknown protocol, number ${protocol}`);
  }
}
