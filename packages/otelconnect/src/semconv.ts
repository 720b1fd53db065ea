/**
 * The attribute keys, values and instruments of the OpenTelemetry semantic conventions that this package uses.
 *
 * Copied from `@opentelemetry/semantic-conventions` 1.45.0, so that the package needs no dependency for a
 * handful of strings and so that what is still marked incubating there cannot change under it in a minor
 * release. A test compares this file with that package.
 *
 * Source: https://opentelemetry.io/docs/specs/semconv/rpc/ (version 1.45.0)
 */

// Stable.

/** `rpc.system.name`: the RPC system in use. */
export const ATTR_RPC_SYSTEM_NAME = "rpc.system.name";
/** `rpc.method`: the fully qualified method, `package.Service/Method`. */
export const ATTR_RPC_METHOD = "rpc.method";
/** `rpc.status_code`: how the call ended, in the words of the RPC system. */
export const ATTR_RPC_STATUS_CODE = "rpc.status_code";
/** `error.type`: the class of error that the call ended with; absent on success. */
export const ATTR_ERROR_TYPE = "error.type";
/** `server.address`: host name or address of the server, as the client names it. */
export const ATTR_SERVER_ADDRESS = "server.address";
/** `server.port`: port of the server, as the client names it. */
export const ATTR_SERVER_PORT = "server.port";
/** Value of `rpc.system.name` for gRPC. gRPC-Web carries the same RPC system over a different framing. */
export const RPC_SYSTEM_NAME_VALUE_GRPC = "grpc";

// Incubating.

/** Value of `rpc.system.name` for the Connect protocol. */
export const RPC_SYSTEM_NAME_VALUE_CONNECTRPC = "connectrpc";
/** `rpc.request.header.<key>`: values of a header of the request. */
export const ATTR_RPC_REQUEST_HEADER = (key: string): string => `rpc.request.header.${key}`;
/** `rpc.response.header.<key>`: values of a header of the response. */
export const ATTR_RPC_RESPONSE_HEADER = (key: string): string => `rpc.response.header.${key}`;

// Incubating and marked deprecated, with no replacement named; other instrumentations of RPC still emit them.

/** Event for one message. */
export const EVENT_RPC_MESSAGE = "rpc.message";
/** `rpc.message.type`: which way the message went. */
export const ATTR_RPC_MESSAGE_TYPE = "rpc.message.type";
/** Value of `rpc.message.type`. */
export const RPC_MESSAGE_TYPE_VALUE_SENT = "SENT";
/** Value of `rpc.message.type`. */
export const RPC_MESSAGE_TYPE_VALUE_RECEIVED = "RECEIVED";
/** `rpc.message.id`: number of the message, from 1, counted each way. */
export const ATTR_RPC_MESSAGE_ID = "rpc.message.id";
/** `rpc.message.uncompressed_size`: size of the message in bytes. */
export const ATTR_RPC_MESSAGE_UNCOMPRESSED_SIZE = "rpc.message.uncompressed_size";
