import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { MakeCallsRequestSchema } from "@envoy-mesh-lab/proto/page/v1/mesh_pb.ts";
import { makeCalls, readCalls } from "./make-calls.ts";

const read = (asked: MessageInitShape<typeof MakeCallsRequestSchema>) =>
  readCalls(create(MakeCallsRequestSchema, asked));

suite("calls that the page asks for", () => {
  test("have the defaults of lab call", () => {
    const { request, protocol, number, rate } = read({});
    assert.deepEqual([request.rpc.method.name, protocol, number, rate], ["OrderDrink", "connect", 1, 0]);
    assert.deepEqual(
      [request.drink, request.messages, request.timeoutMs, request.gateway, request.backend],
      ["espresso", 3, 30_000, { workMs: 0, failAfter: 0 }, { workMs: 0, failAfter: 0 }],
    );
  });

  for (const [what, asked, words] of [
    ["an unknown RPC", { rpc: "OrderDrinks" }, /no RPC "OrderDrinks"/],
    ["an RPC of another kind", { rpc: "OrderDrink", kind: "bidi" }, /of kind unary/],
    ["an unknown kind", { kind: "constructor" }, /kind is "constructor"/],
    ["an unknown protocol", { protocol: "smtp" }, /protocol is "smtp"/],
    ["an unknown code", { fail: "broken" }, /"broken" is no Connect code/],
    ["too many calls", { number: 10_001 }, /number of calls is 10001/],
    ["too many calls of a load", { number: 100_001, rate: 100 }, /100001 calls/],
    ["a load that lasts too long", { number: 1_000, rate: 0.5 }, /take 2000 s/],
    ["too high a rate", { number: 1, rate: 2_001 }, /the rate is 2001/],
    ["a rate that is no number", { rate: Number.NaN }, /the rate is a number/],
    ["a negative rate", { rate: -1 }, /the rate is a number/],
    ["too much work", { workMs: 60_001 }, /backend works is 60001/],
    ["too many messages", { messages: 10_001 }, /number of messages is 10001/],
    ["too late a deadline", { timeoutMs: 3_600_001 }, /deadline is 3600001/],
  ] as const) {
    test(`${what} is refused`, () => {
      assert.throws(() => read(asked), { message: words, exitCode: 2 });
    });
  }

  test("go to this machine only", async () => {
    const calls = makeCalls(read({}), "http://192.0.2.1:8080", AbortSignal.timeout(1_000));
    await assert.rejects(() => calls.next(), /not on this machine/);
  });
});
