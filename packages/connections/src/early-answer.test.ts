import assert from "node:assert/strict";
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { after, before, suite, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { KitchenService } from "@envoy-mesh-lab/proto/kitchen/v1/kitchen_pb.ts";
import type { Transports } from "./transports.ts";
import { createTransports, protocols } from "./transports.ts";

/** Calls of each protocol: without keepEarlyAnswer about two of five go wrong over gRPC. */
const calls = 60;

function frame(flags: number, payload: string): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flags, 0);
  head.writeUInt32BE(payload.length, 1);
  return Buffer.concat([head, Buffer.from(payload)]);
}

/** How the three protocols say at the end of a stream that it failed with data_loss. */
const endings = {
  "application/grpc+proto": Buffer.alloc(0),
  "application/grpc-web+proto": frame(0x80, "grpc-status: 15\r\n"),
  "application/connect+proto": frame(2, '{"error":{"code":"data_loss"}}'),
};

/** Answers with two empty messages and an error, reads nothing to its end, and closes the stream with NO_ERROR. */
async function answerEarly(
  stream: http2.ServerHttp2Stream,
  headers: http2.IncomingHttpHeaders,
): Promise<void> {
  // Of a client that closes before that.
  stream.on("error", () => undefined);
  stream.resume();
  const type = headers["content-type"] as keyof typeof endings;
  const hasTrailers = type === "application/grpc+proto";
  stream.respond({ ":status": 200, "content-type": type }, { waitForTrailers: hasTrailers });
  const close = () => setImmediate(() => stream.close(http2.constants.NGHTTP2_NO_ERROR));
  if (hasTrailers) {
    stream.once("wantTrailers", () => {
      stream.sendTrailers({ "grpc-status": "15" });
      close();
    });
  } else {
    stream.once("finish", close);
  }
  stream.write(frame(0, ""));
  await delay(3);
  stream.end(Buffer.concat([frame(0, ""), endings[type]]));
}

suite("an answer that is complete before the request is", () => {
  const server = http2.createServer().on("stream", answerEarly);
  let transports: Transports;
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    transports = createTransports({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  });
  after(() => {
    transports.close();
    server.close();
  });

  for (const protocol of protocols) {
    test(`reaches a slow reader whole, over ${protocol}`, async () => {
      const client = createClient(KitchenService, transports[protocol]);
      async function* requests() {
        for (;;) {
          yield {};
          await delay(2);
        }
      }
      const wrong: string[] = [];
      for (let i = 0; i < calls; i++) {
        let messages = 0;
        try {
          for await (const _ of client.brewToOrder(requests())) {
            messages++;
            await delay(i % 7);
          }
        } catch (reason) {
          const { code, message } = ConnectError.from(reason);
          if (code !== Code.DataLoss || messages !== 2) wrong.push(`${message} after ${messages} messages`);
        }
      }
      assert.deepEqual(wrong, []);
    });
  }
});
