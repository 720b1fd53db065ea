import assert from "node:assert/strict";
import { test } from "node:test";
import { Code, ConnectError } from "@connectrpc/connect";
import { connectionFault } from "./connection-faults.ts";

function nodeError(code: string, message = "x"): Error {
  return Object.assign(new Error(message), { code });
}

test("a fault is found under the error that Connect makes of it", () => {
  const refused = nodeError("ERR_HTTP2_STREAM_ERROR", "Stream closed with error code NGHTTP2_REFUSED_STREAM");
  const error = new ConnectError("x", Code.Internal, undefined, undefined, refused);
  assert.deepEqual(connectionFault(error), { code: Code.Unavailable, unprocessed: true });
});

test("a broken connection is unavailable, and nobody knows what the server has done", () => {
  for (const code of ["ECONNRESET", "ERR_HTTP2_SESSION_ERROR", "ERR_STREAM_PREMATURE_CLOSE"]) {
    assert.deepEqual(connectionFault(nodeError(code)), { code: Code.Unavailable, unprocessed: false });
  }
});

test("an answer that an Envoy cuts off as it cannot get the rest is unavailable", () => {
  const error = nodeError("ERR_HTTP2_STREAM_ERROR", "Stream closed with error code NGHTTP2_INTERNAL_ERROR");
  assert.deepEqual(connectionFault(error), { code: Code.Unavailable, unprocessed: false });
});

test("an answer that cannot be read does not blame the caller", () => {
  for (const what of ["protocol error: incomplete envelope", "protocol error: missing EndStreamResponse"]) {
    const error = new ConnectError(what, Code.InvalidArgument);
    assert.deepEqual(connectionFault(error), { code: Code.Internal, unprocessed: false });
  }
  assert.equal(connectionFault(new ConnectError("no drink was named", Code.InvalidArgument)), undefined);
});

test("an answer of the server is no fault of the connection", () => {
  assert.equal(connectionFault(new ConnectError("x", Code.Internal)), undefined);
  assert.equal(connectionFault(undefined), undefined);
});
