import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { checkTraces } from "@envoy-mesh-lab/check";
import type { EdgeCall } from "@envoy-mesh-lab/compare";
import type { Topology, TopologyPart } from "@envoy-mesh-lab/mesh";
import { recordedTraces } from "@envoy-mesh-lab/trace/testing";
import { edgeFindings, endsOf } from "./edge-findings.ts";
import { flowsOf, quantile } from "./flows.ts";
import { toMesh } from "./to-mesh.ts";
import { TraceWindow, windowLimits } from "./trace-window.ts";

const part = (name: string, role: TopologyPart["role"], more: Partial<TopologyPart> = {}): TopologyPart => ({
  name,
  role,
  serviceName: name,
  profiles: [],
  ports: [1],
  files: [],
  ...more,
});

/** The lab's own mesh in small. */
const topology: Topology = {
  parts: [
    part("edge", "proxy"),
    part("gateway-proxy", "proxy", { workload: "gateway" }),
    part("gateway", "app"),
    part("backend-proxy", "proxy", { workload: "backend" }),
    part("backend", "app"),
    part("collector", "telemetry"),
    part("load", "app", { profiles: ["load"] }),
  ],
  edges: [
    { from: "edge", to: "gateway-proxy", telemetry: false },
    { from: "gateway-proxy", to: "gateway", telemetry: false },
    { from: "gateway", to: "gateway-proxy", telemetry: false },
    { from: "gateway-proxy", to: "backend-proxy", telemetry: false },
    { from: "backend-proxy", to: "backend", telemetry: false },
    { from: "gateway", to: "collector", telemetry: true },
    { from: "load", to: "edge", telemetry: false },
  ],
};

const call = (more: Partial<EdgeCall>): EdgeCall => ({
  from: { service: "a", isProxy: false },
  to: { service: "b", isProxy: false },
  peers: [],
  durationNs: 10,
  isError: false,
  proxyNs: 0,
  appNs: 0,
  ...more,
});

const windowOf = (...names: string[]) => {
  const window = new TraceWindow();
  for (const it of names.flatMap(recordedTraces)) window.add(it, 0);
  return window;
};

suite("the flow of calls between parts", () => {
  test("a whole trace is one call on each edge", () => {
    const { edges, strangers } = flowsOf(windowOf("whole").calls(), topology);
    assert.deepEqual(
      edges.map(({ from, to, calls, errors }) => `${from} > ${to} ${calls} ${errors}`),
      [
        "client > edge 1 0",
        "edge > gateway-proxy 1 0",
        "gateway-proxy > gateway 1 0",
        "gateway > gateway-proxy 1 0",
        "gateway-proxy > backend-proxy 1 0",
        "backend-proxy > backend 1 0",
      ],
    );
    assert.deepEqual(strangers, []);
    for (const { p50Ns, proxyNs, appNs, otherNs } of edges) assert.equal(proxyNs + appNs + otherNs, p50Ns);
  });

  test("quantiles are of the calls, and errors are counted", () => {
    const calls = Array.from({ length: 100 }, (_, i) => call({ durationNs: 100 - i, isError: i < 3 }));
    const { edges } = flowsOf(calls, { parts: [], edges: [] });
    assert.deepEqual(
      edges.map((it) => [it.calls, it.errors, it.p50Ns, it.p99Ns]),
      [[100, 3, 50, 99]],
    );
    assert.equal(quantile([], 0.5), 0);
    assert.equal(quantile([7], 0.99), 7);
  });

  test("a call that nobody answers is for the part that the caller is set up to call", () => {
    const lost = (service: string, ...peers: string[]) => {
      const { to: _, ...rest } = call({ from: { service, isProxy: true }, peers });
      return flowsOf([rest], topology).edges.map(({ from, to }) => `${from} > ${to}`);
    };
    assert.deepEqual(lost("gateway-proxy", "backend"), ["gateway-proxy > backend-proxy"]);
    assert.deepEqual(lost("gateway-proxy", "gateway"), ["gateway-proxy > gateway"]);
    assert.deepEqual(lost("edge"), ["edge > gateway-proxy"]);
    assert.deepEqual(lost("gateway-proxy"), []);
    assert.deepEqual(lost("nobody", "x"), []);
  });

  test("parties that are no part are strangers, and there is an end to edges", () => {
    const calls = Array.from({ length: 1000 }, (_, i) =>
      call({ to: { service: `s${i}`, isProxy: i === 0 } }),
    );
    const { edges, strangers } = flowsOf(calls, topology);
    assert.equal(edges.length, 300);
    assert.deepEqual(
      strangers.find((it) => it.service === "s0"),
      { service: "s0", isProxy: true },
    );
  });
});

suite("findings on edges", () => {
  for (const [words, from, to] of [
    ["gateway CLIENT > gateway-proxy outbound SERVER", "gateway", "gateway-proxy"],
    ["client > edge inbound SERVER", "client", "edge"],
    ["edge inbound CLIENT > ?", "edge", ""],
    ["gateway ? > backend SERVER", "gateway", "backend"],
    ["a CLIENT > b outbound", "a", "b"],
    ["00f067aa0ba902b7 > backend SERVER", "client", "backend"],
    ["backend SERVER", "client", "backend"],
    ["input", "client", "input"],
    ["two words CLIENT > <b> SERVER", "two words", "<b>"],
    ["", "client", ""],
  ] as const) {
    test(`"${words}"`, () => assert.deepEqual(endsOf(words), { from, to }));
  }

  test("a context that is lost is reported once, on the edge where it was lost", async () => {
    const report = await checkTraces(recordedTraces("not-injected"), { show: 0 });
    const found = edgeFindings(report, (it) => it);
    assert.deepEqual(
      found.map(({ code, from, to, severity }) => `${severity} ${code} ${from} > ${to}`),
      ["error context.lost gateway > gateway-proxy"],
    );
    assert.ok(found.every((it) => it.traceId !== "" && it.spanIds.length > 0));
  });
});

suite("the window", () => {
  const [trace] = recordedTraces("whole");
  assert.ok(trace);
  const numbered = (i: number) => ({ ...trace, traceId: i.toString(16).padStart(32, "0") });

  test("keeps no more than it says, the newest", () => {
    const window = new TraceWindow();
    for (let i = 0; i < 2_000; i++) window.add(numbered(i), i);
    assert.equal(window.size, windowLimits.traces);
    assert.equal(window.whole().length, windowLimits.whole);
    assert.ok(window.has(numbered(1_999).traceId) && !window.has(numbered(0).traceId));
  });

  test("forgets what is past", () => {
    const window = new TraceWindow();
    window.add(numbered(1), 1_000);
    window.add(numbered(2), 2_000);
    window.expire(1_001 + windowLimits.ms);
    assert.deepEqual([window.size, window.whole().length], [1, 1]);
  });

  test("a trace that grows is there once", () => {
    const window = new TraceWindow();
    window.add({ ...trace, spans: trace.spans.slice(0, 3) }, 0);
    window.add(trace, 0);
    assert.equal(window.size, 1);
    assert.equal([...window.calls()].length, 6);
  });

  test("a huge trace pushes no other out, and counts for no more than others", () => {
    const window = new TraceWindow();
    window.add(numbered(1), 0);
    const spans = Array.from({ length: 6_000 }, (_, i) => ({
      ...(trace.spans[0] as (typeof trace.spans)[number]),
      spanId: (i + 1).toString(16).padStart(16, "0"),
    }));
    window.add({ traceId: "f".repeat(32), spans }, 0);
    assert.deepEqual(
      window.whole().map((it) => it.traceId),
      [numbered(1).traceId],
    );
    assert.ok([...window.calls()].length <= windowLimits.callsOfTrace + 6);
  });
});

suite("the map", () => {
  const running = (name: string, state: "healthy" | "exited" = "healthy") => ({
    name,
    program: "p",
    version: "1",
    state,
    restarts: 0,
    ports: [{ container: 1, host: 2, published: true }],
    ...(state === "exited" ? { exitSignal: "SIGKILL" } : {}),
  });
  const facts = {
    topology,
    runtime: "native",
    view: {
      project: "lab",
      supervisor: "running" as const,
      parts: [running("edge"), running("gateway", "exited")],
    },
    noControl: "",
    flows: flowsOf(windowOf("whole").calls(), topology),
    findings: [],
    found: 30,
    read: 1,
    more: false,
    problems: [],
  };

  test("has the parts of the files in order, and who calls; parts of a profile only when they run", () => {
    const { parts = [] } = toMesh(facts);
    assert.deepEqual(
      parts.map(({ name, state, well }) => `${name} ${state} ${well}`),
      [
        "client outside true",
        "edge healthy true",
        "gateway-proxy unseen false",
        "gateway exited false",
        "backend-proxy unseen false",
        "backend unseen false",
        "collector unseen false",
      ],
    );
    assert.match(parts.find((it) => it.name === "gateway")?.detail ?? "", /SIGKILL/);
  });

  test("reckons calls that were not read in", () => {
    const { edges = [] } = toMesh(facts);
    const edge = edges.find((it) => it.from === "edge");
    // One of 30 traces of 30 seconds was read, and has one call.
    assert.equal(edge?.flow?.callsPerSecond, 1);
    assert.deepEqual([edge?.configured, edge?.telemetry], [true, false]);
  });

  test("has an edge for a finding, whatever it is about", () => {
    const finding = (from: string, to: string) => ({
      ...{ from, to, code: "x", severity: "error", edge: "e", evidence: "", remedy: "" },
      ...{ traces: 1, traceId: "t", spanIds: [] },
    });
    const where = (from: string, to: string) =>
      (toMesh({ ...facts, findings: [finding(from, to)] }).edges ?? [])
        .filter((it) => it.findings?.length)
        .map((it) => `${it.from} > ${it.to}`);
    assert.deepEqual(where("gateway", "gateway-proxy"), ["gateway > gateway-proxy"]);
    assert.deepEqual(where("backend", "edge"), ["backend > edge"]);
    assert.deepEqual(where("edge", ""), ["edge > gateway-proxy"]);
    assert.deepEqual(where("backend", "backend"), ["backend-proxy > backend"]);
    assert.deepEqual(where("nobody", ""), ["client > nobody"]);
  });

  test("shows a hostile name as text of bounded length", () => {
    const name = `\u202e<script>${"x".repeat(1_000_000)}`;
    const flows = flowsOf([call({ to: { service: name, isProxy: false } })], topology);
    const { parts = [] } = toMesh({ ...facts, flows });
    const shown = parts.at(-1)?.name ?? "";
    assert.ok(shown.length < 600 && shown.startsWith("\uFFFD<script>"), shown.slice(0, 20));
  });
});
