import { createRequire } from "node:module";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { StringValue } from "@bufbuild/protobuf/wkt";
import { StringValueSchema } from "@bufbuild/protobuf/wkt";
import type * as Grpc from "@grpc/grpc-js";
import type { Peer } from "./peer.ts";
import { drinkText } from "./peer.ts";

// Through require, because that is what the instrumentation patches.
const grpc = createRequire(import.meta.url)("@grpc/grpc-js") as typeof Grpc;

const serialize = (message: StringValue): Buffer => Buffer.from(toBinary(StringValueSchema, message));
const deserialize = (bytes: Buffer): StringValue => fromBinary(StringValueSchema, bytes);

const service = {
  unary: {
    path: "/echo.v1.EchoService/Unary",
    requestStream: false,
    responseStream: false,
    requestSerialize: serialize,
    requestDeserialize: deserialize,
    responseSerialize: serialize,
    responseDeserialize: deserialize,
  },
} as const satisfies Grpc.ServiceDefinition;

type Unary = (
  request: StringValue,
  callback: (error: Grpc.ServiceError | null, response?: StringValue) => void,
) => Grpc.ClientUnaryCall;

/** grpc-js at both ends, with the same messages in the same encoding as connect-es. */
export const grpcPeer: Peer = {
  serve() {
    const server = new grpc.Server();
    server.addService(service, {
      unary(call: Grpc.ServerUnaryCall<StringValue, StringValue>, callback: Grpc.sendUnaryData<StringValue>) {
        callback(null, create(StringValueSchema, { value: call.request.value }));
      },
    });
    return new Promise((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
        error === null ? resolve(port) : reject(error),
      );
    });
  },
  caller(_, port) {
    const Client = grpc.makeGenericClientConstructor(service, "EchoService");
    const client = new Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    const unary = (client.unary as unknown as Unary).bind(client);
    return () =>
      new Promise((resolve, reject) => {
        unary(create(StringValueSchema, { value: drinkText }), (error, response) => {
          if (error !== null) reject(error);
          else if (response?.value === drinkText) resolve();
          else reject(new Error(`the server answered ${response?.value}`));
        });
      });
  },
};
