/**
 * The attribute keys and values of the OpenTelemetry semantic conventions that this package uses.
 *
 * Copied from `@opentelemetry/semantic-conventions` 1.45.0, so that the package needs no dependency for a
 * handful of strings and so that keys still marked incubating there cannot change under it in a minor
 * release. Stable there: all but {@link RPC_SYSTEM_CONNECTRPC}, which is incubating.
 *
 * Source: https://opentelemetry.io/docs/specs/semconv/rpc/ (version 1.45.0)
 */

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

/** Value of `rpc.system.name` for the Connect protocol (incubating). */
export const RPC_SYSTEM_CONNECTRPC = "connectrpc";
/** Value of `rpc.system.name` for gRPC. gRPC-Web carries the same RPC system over a different framing. */
export const RPC_SYSTEM_GRPC = "grpc";
