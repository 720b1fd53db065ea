import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { RunModesRequestSchema } from "@envoy-mesh-lab/proto/page/v1/compare_pb.ts";
import type { LabError } from "@envoy-mesh-lab/trace";
import { ExitCode } from "@envoy-mesh-lab/trace";
import { readModes } from "./run-modes.ts";

const read = (asked: Parameters<typeof create<typeof RunModesRequestSchema>>[1]) =>
  readModes(create(RunModesRequestSchema, asked));

suite("a run over the modes that the page asks for", () => {
  test("is that of `lab compare --modes` where nothing is said", () => {
    const { request, ...plan } = read({});
    assert.deepEqual(plan, { protocol: "connect", rounds: 200, warmUp: 100, rate: 30 });
    assert.equal(request.rpc.method.name, "OrderDrink");
  });

  test("has no rounds before where none are wanted", () => {
    assert.equal(read({ warmUp: 0 }).warmUp, 0);
  });

  const refused = {
    "more rounds than `lab` allows": { rounds: 5_001 },
    "more rounds before": { warmUp: 1_001 },
    "a higher rate": { rate: 501 },
    "longer work": { workMs: 1_001 },
    "an unknown protocol": { protocol: "http/0.9" },
    "an unknown RPC": { rpc: "Steal" },
  };
  for (const [name, asked] of Object.entries(refused)) {
    test(`is refused with ${name}`, () => {
      assert.throws(
        () => read(asked),
        (error: LabError) => error.exitCode === ExitCode.usage && error.hint !== "",
      );
    });
  }
});
