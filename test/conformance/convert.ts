import type { MessageInitShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import type { Any } from "@bufbuild/protobuf/wkt";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import { ConnectError } from "@connectrpc/connect";
import type { Header, HeaderSchema, WireError, WireErrorSchema } from "./messages.ts";

const typeUrl = "type.googleapis.com/";

/** The suite's headers from Connect's. */
export function toWireHeaders(headers: Headers): MessageInitShape<typeof HeaderSchema>[] {
  return [...headers].map(([name, value]) => ({ name, value: [value] }));
}

/** Adds the suite's headers to Connect's. */
export function appendHeaders(target: Headers, headers: readonly Header[]): void {
  for (const { name, value } of headers) {
    for (const one of value) {
      target.append(name, one);
    }
  }
}

/** The suite's error from whatever a call has thrown. */
export function toWireError(reason: unknown): MessageInitShape<typeof WireErrorSchema> {
  const error = ConnectError.from(reason);
  const details: Any[] = [];
  for (const detail of error.details) {
    // Errors from the wire have their details encoded; only those that a handler throws have them as messages.
    if ("type" in detail) {
      details.push(create(AnySchema, { typeUrl: typeUrl + detail.type, value: detail.value }));
    }
  }
  return { code: error.code, message: error.rawMessage, details };
}

/** The error that a handler is asked to throw, with more details behind its own. */
export function toConnectError(wire: WireError, more: readonly Any[] = []): ConnectError {
  const error = new ConnectError(wire.message ?? "", wire.code);
  error.details = [...wire.details, ...more].map((any) => ({
    type: any.typeUrl.slice(any.typeUrl.lastIndexOf("/") + 1),
    value: any.value,
  }));
  return error;
}
