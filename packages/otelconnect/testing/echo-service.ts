import { create, createFileRegistry } from "@bufbuild/protobuf";
import type { GenService } from "@bufbuild/protobuf/codegenv2";
import type { StringValueSchema } from "@bufbuild/protobuf/wkt";
import { FileDescriptorProtoSchema, file_google_protobuf_wrappers } from "@bufbuild/protobuf/wkt";

/** A method of the service that sends and receives text. */
interface EchoMethod<Kind extends "unary" | "server_streaming" | "client_streaming" | "bidi_streaming"> {
  methodKind: Kind;
  input: typeof StringValueSchema;
  output: typeof StringValueSchema;
}

const text = ".google.protobuf.StringValue";

const file = create(FileDescriptorProtoSchema, {
  name: "echo/v1/echo.proto",
  package: "echo.v1",
  syntax: "proto3",
  dependency: ["google/protobuf/wrappers.proto"],
  service: [
    {
      name: "EchoService",
      method: [
        { name: "Unary", inputType: text, outputType: text },
        { name: "Server", inputType: text, outputType: text, serverStreaming: true },
        { name: "Client", inputType: text, outputType: text, clientStreaming: true },
        { name: "Bidi", inputType: text, outputType: text, clientStreaming: true, serverStreaming: true },
      ],
    },
  ],
});

const registry = createFileRegistry(file, (name) =>
  name === file_google_protobuf_wrappers.proto.name ? file_google_protobuf_wrappers : undefined,
);

/**
 * A service for tests, with one method of each kind. Described here rather than in a contract, so that this
 * package depends on no other of the repository.
 */
export const EchoService = registry.getService("echo.v1.EchoService") as GenService<{
  unary: EchoMethod<"unary">;
  server: EchoMethod<"server_streaming">;
  client: EchoMethod<"client_streaming">;
  bidi: EchoMethod<"bidi_streaming">;
}>;
