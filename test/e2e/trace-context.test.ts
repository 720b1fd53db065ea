import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { meshDown, meshUp, readMesh } from "@envoy-mesh-lab/mesh";
import type { TraceContextCase } from "@envoy-mesh-lab/otelconnect/testing";
import { assertPropagated, rawRequest, traceContextCases } from "@envoy-mesh-lab/otelconnect/testing";
import { stringify } from "yaml";
import { portShifts } from "../port-shifts.ts";

// The cases of W3C Trace Context through the whole mesh: in at the edge, out behind the backend's sidecar. A backend
// that answers with its headers takes the place of the real one, in a mesh of its own beside that of the other tests.

/**
 * Cases that the gateway alone answers as the specification says, and the mesh does not, as Envoy 1.40.0 has changed the
 * headers by then; docs/envoy-tracing.md.
 */
const changedByEnvoy: Readonly<Record<string, Partial<TraceContextCase>>> = {
  // It takes the first of two.
  "two traceparent lines": { trace: "continued", tracestate: "a=1" },
  "the same traceparent twice": { trace: "continued", tracestate: "a=1" },
  // It takes any version of two digits, and hex digits in upper case.
  "version ff": { trace: "continued", tracestate: "a=1" },
  "a version in upper case": { trace: "continued", tracestate: "a=1" },
  "a trace id in upper case": { trace: "continued", tracestate: "a=1" },
  "a span id in upper case": { trace: "continued", tracestate: "a=1" },
  "flags in upper case": { trace: "continued", tracestate: "a=1", sampled: false },
  // It knows no flag but that of sampling.
  "the random flag, not sampled": { random: false },
  "the random flag, sampled": { random: false },
  "the random flag in a later version": { random: false },
  "all flags": { random: false },
  // The edge leaves out what is longer than 512 bytes, as a configuration cannot take whole members away.
  "513 characters: the last of the long members goes first": { tracestate: undefined },
  "3200 characters in short members: the last ones go": { tracestate: undefined },
};

const scratch = mkdtempSync(join(tmpdir(), "envoy-mesh-lab-"));
const own = { COMPOSE_PROJECT_NAME: "envoy-mesh-lab-test-echo", LAB_PORT_SHIFT: String(portShifts.docker) };
let url: URL;

before(async () => {
  const override = join(scratch, "compose.yaml");
  writeFileSync(
    override,
    stringify({ services: { backend: { command: ["test/services/echo-kitchen.ts"] } } }),
  );
  Object.assign(process.env, own);
  await meshUp({ files: [join(repoRoot, "compose.yaml"), override] });
  url = new URL("/cafe.v1.CafeService/OrderDrink", (await readMesh()).urls.edge);
});
after(async () => {
  await meshDown({ volumes: true });
  rmSync(scratch, { recursive: true });
});

for (const each of traceContextCases) {
  const changed = changedByEnvoy[each.what];
  test(`${each.section}: ${each.what}${changed === undefined ? "" : ", changed by Envoy"}`, async () => {
    const { status, body } = await rawRequest(url, '{"name":"tea"}', each.headers);
    assert.equal(status, 200, body);
    const { traceparent, tracestate } = JSON.parse(JSON.parse(body).drink.name);
    // Where there is no state, an Envoy sends an empty one, which says the same.
    assertPropagated({ ...each, ...changed }, { traceparent, tracestate: tracestate || undefined });
  });
}

test("all that Envoy changes is a case", () => {
  const known = new Set(traceContextCases.map(({ what }) => what));
  assert.deepEqual(
    Object.keys(changedByEnvoy).filter((what) => !known.has(what)),
    [],
  );
});
