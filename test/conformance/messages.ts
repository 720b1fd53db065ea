import { readFileSync } from "node:fs";
import type { DescMessage, Message } from "@bufbuild/protobuf";
import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import type { GenMessage, GenService } from "@bufbuild/protobuf/codegenv2";
import type { Any } from "@bufbuild/protobuf/wkt";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { descriptorsVariable } from "./variables.ts";

/**
 * The messages of the suite. Their contracts come with the suite's module and are compiled when it is built, so
 * nothing generated is kept here; only the fields that the two programs use are described.
 */

const path = process.env[descriptorsVariable];
if (path === undefined) {
  throw new Error(`${descriptorsVariable} is not set. Run this program through: npm run conformance`);
}

/** All messages of the suite, which `google.protobuf.Any` in JSON needs to know. */
export const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(path)));

const pkg = "connectrpc.conformance.v1";
type Name<T extends string> = Message<`connectrpc.conformance.v1.${T}`>;

function message<T extends Message>(name: string): GenMessage<T> {
  const desc: DescMessage | undefined = registry.getMessage(`${pkg}.${name}`);
  if (desc === undefined) {
    throw new Error(`The suite's contracts have no message ${pkg}.${name}; is it another version?`);
  }
  return desc as GenMessage<T>;
}

export const HttpVersion = { http1: 1, http2: 2 } as const;
export const Protocol = { connect: 1, grpc: 2, grpcWeb: 3 } as const;
export const Codec = { proto: 1, json: 2 } as const;
export const Compression = { identity: 1, gzip: 2, br: 3 } as const;
export const StreamType = { unary: 1, client: 2, server: 3, halfDuplex: 4, fullDuplex: 5 } as const;

export type Header = Name<"Header"> & { name: string; value: string[] };
export type WireError = Name<"Error"> & { code: number; message?: string; details: Any[] };
type TlsCreds = Name<"TLSCreds"> & { cert: Uint8Array; key: Uint8Array };

export type UnaryResponseDefinition = Name<"UnaryResponseDefinition"> & {
  responseHeaders: Header[];
  responseTrailers: Header[];
  responseDelayMs: number;
  response:
    | { case: "responseData"; value: Uint8Array }
    | { case: "error"; value: WireError }
    | { case: undefined };
};
export type StreamResponseDefinition = Name<"StreamResponseDefinition"> & {
  responseHeaders: Header[];
  responseTrailers: Header[];
  responseDelayMs: number;
  responseData: Uint8Array[];
  error?: WireError;
};

export type UnaryRequest = Name<"UnaryRequest"> & { responseDefinition?: UnaryResponseDefinition };
export type IdempotentUnaryRequest = Name<"IdempotentUnaryRequest"> & {
  responseDefinition?: UnaryResponseDefinition;
};
export type ClientStreamRequest = Name<"ClientStreamRequest"> & {
  responseDefinition?: UnaryResponseDefinition;
};
export type ServerStreamRequest = Name<"ServerStreamRequest"> & {
  responseDefinition?: StreamResponseDefinition;
};
export type BidiStreamRequest = Name<"BidiStreamRequest"> & {
  responseDefinition?: StreamResponseDefinition;
  fullDuplex: boolean;
};

export type RequestInfo = Name<"ConformancePayload.RequestInfo"> & {
  requestHeaders: Header[];
  timeoutMs?: bigint;
  requests: Any[];
  connectGetInfo?: Name<"ConformancePayload.ConnectGetInfo"> & { queryParams: Header[] };
};
export type Payload = Name<"ConformancePayload"> & { data: Uint8Array; requestInfo?: RequestInfo };
/** What every method but Unimplemented answers with. */
export type PayloadResponse = Message & { payload?: Payload };

export type ClientCompatRequest = Name<"ClientCompatRequest"> & {
  testName: string;
  httpVersion: number;
  protocol: number;
  codec: number;
  compression: number;
  host: string;
  port: number;
  serverTlsCert: Uint8Array;
  clientTlsCreds?: TlsCreds;
  method?: string;
  streamType: number;
  useGetHttpMethod: boolean;
  requestHeaders: Header[];
  requestMessages: Any[];
  timeoutMs?: number;
  requestDelayMs: number;
  cancel?: Name<"ClientCompatRequest.Cancel"> & {
    cancelTiming:
      | { case: "beforeCloseSend"; value: Message }
      | { case: "afterCloseSendMs"; value: number }
      | { case: "afterNumResponses"; value: number }
      | { case: undefined };
  };
};
export type ClientResponseResult = Name<"ClientResponseResult"> & {
  responseHeaders: Header[];
  payloads: Payload[];
  error?: WireError;
  responseTrailers: Header[];
  numUnsentRequests: number;
};
export type ClientCompatResponse = Name<"ClientCompatResponse"> & {
  testName: string;
  result:
    | { case: "response"; value: ClientResponseResult }
    | { case: "error"; value: Name<"ClientErrorResult"> & { message: string } }
    | { case: undefined };
};
export type ServerCompatRequest = Name<"ServerCompatRequest"> & {
  httpVersion: number;
  useTls: boolean;
  clientTlsCert: Uint8Array;
  serverCreds?: TlsCreds;
};
export type ServerCompatResponse = Name<"ServerCompatResponse"> & {
  host: string;
  port: number;
  pemCert: Uint8Array;
};

export const HeaderSchema = message<Header>("Header");
export const WireErrorSchema = message<WireError>("Error");
export const RequestInfoSchema = message<RequestInfo>("ConformancePayload.RequestInfo");
export const PayloadSchema = message<Payload>("ConformancePayload");
export const ClientCompatRequestSchema = message<ClientCompatRequest>("ClientCompatRequest");
export const ClientCompatResponseSchema = message<ClientCompatResponse>("ClientCompatResponse");
export const ClientResponseResultSchema = message<ClientResponseResult>("ClientResponseResult");
export const ServerCompatRequestSchema = message<ServerCompatRequest>("ServerCompatRequest");
export const ServerCompatResponseSchema = message<ServerCompatResponse>("ServerCompatResponse");

/** A method of the service under test. */
interface Method<
  Kind extends "unary" | "server_streaming" | "client_streaming" | "bidi_streaming",
  Input extends Message,
> {
  methodKind: Kind;
  input: GenMessage<Input>;
  output: GenMessage<PayloadResponse>;
}

/** The service under test. */
export const ConformanceService = registry.getService(`${pkg}.ConformanceService`) as GenService<{
  unary: Method<"unary", UnaryRequest>;
  idempotentUnary: Method<"unary", IdempotentUnaryRequest>;
  clientStream: Method<"client_streaming", ClientStreamRequest>;
  serverStream: Method<"server_streaming", ServerStreamRequest>;
  bidiStream: Method<"bidi_streaming", BidiStreamRequest>;
  unimplemented: Method<"unary", Message>;
}>;
