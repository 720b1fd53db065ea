import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClientOptions, ServerOptions } from "./index.ts";
import { createClientInterceptor, createServerInterceptor } from "./index.ts";

const wrong: Readonly<Record<string, readonly unknown[]>> = {
  tracerProvider: [null, 1, {}, "global"],
  meterProvider: [null, {}, () => {}],
  propagator: [null, {}, { inject() {}, extract() {} }],
  filter: [null, true, "health"],
  attributeFilter: [null, ["rpc.method"]],
  requestHeaders: [null, "x-a", [1], ["x a"], [""], ["Authorization"], ["x-ok", "cookie"]],
  responseHeaders: [{}, ["x:y"], ["Set-Cookie"]],
  spanName: [null, "name"],
  messageEvents: [null, 1, "yes"],
  messageMetrics: [null, 0],
  messageSize: [null, 100, () => 1],
  trustRemote: [null, "no", 0],
  noSuchOption: [true],
};

/** Values that cannot be turned into text. */
const textless: readonly unknown[] = [Object.create(null), [1n]];

for (const [name, values] of Object.entries(wrong)) {
  for (const value of values) {
    test(`a wrong ${name} is refused by name: ${JSON.stringify(value) ?? String(value)}`, () => {
      const options = { [name]: value } as ClientOptions;
      const named = { name: "TypeError", message: new RegExp(`option "${name}"`) };
      assert.throws(() => createClientInterceptor(options), named);
      assert.throws(() => createServerInterceptor(options), named);
    });
  }
}

test("a wrong value that has no text is refused by name too", () => {
  for (const name of Object.keys(wrong)) {
    for (const value of textless) {
      assert.throws(() => createServerInterceptor({ [name]: value }), {
        name: "TypeError",
        message: new RegExp(`option "${name}"`),
      });
    }
  }
});

test("options that are no object are refused", () => {
  for (const options of [null, 1, "x"] as unknown[] as ServerOptions[]) {
    assert.throws(() => createServerInterceptor(options), /must be an object/);
  }
});

test("a client trusts nobody in particular", () => {
  assert.throws(() => createClientInterceptor({ trustRemote: false } as ClientOptions), /"trustRemote"/);
});

test("an option that is undefined is as good as left out", () => {
  createServerInterceptor({ tracerProvider: undefined, requestHeaders: undefined, trustRemote: undefined });
  createClientInterceptor();
});
