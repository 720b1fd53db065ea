import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { makeSpan } from "../testing/fixtures.ts";
import { clocksOf } from "./clock.ts";
import type { Attributes, Span } from "./model.ts";

interface Resource {
  [key: string]: string;
}

/** A span of which only the resource counts. */
function spanOf(resource: Attributes): Span {
  return {
    traceId: "0".repeat(31).concat("1"),
    spanId: "0".repeat(15).concat("1"),
    name: "",
    kind: "internal",
    startNs: 0n,
    endNs: 0n,
    status: { code: "unset" },
    attributes: {},
    resource,
    scope: { name: "" },
    events: [],
    links: [],
  };
}

/** For each resource the number of its clock, in the order in which clocks come up. */
function clockNumbers(resources: readonly Resource[]): number[] {
  const spans = resources.map(spanOf);
  const clock = clocksOf(spans);
  const ids: string[] = [];
  return spans.map((span) => {
    const { id } = clock(span);
    if (!ids.includes(id)) ids.push(id);
    return ids.indexOf(id);
  });
}

const a = { "service.name": "a" };
const b = { "service.name": "b" };

const pairs: { name: string; of: [Resource, Resource]; same: boolean }[] = [
  {
    name: "one host.name, two values of host.id",
    of: [
      { ...a, "host.name": "h", "host.id": "1" },
      { ...b, "host.name": "h", "host.id": "2" },
    ],
    same: false,
  },
  {
    name: "localhost on both",
    of: [
      { ...a, "host.name": "localhost" },
      { ...b, "host.name": "localhost" },
    ],
    same: false,
  },
  {
    name: "one host.id, two values of host.name",
    of: [
      { ...a, "host.name": "h", "host.id": "1" },
      { ...b, "host.name": "g", "host.id": "1" },
    ],
    same: true,
  },
  {
    name: "the same container alone",
    of: [
      { ...a, "container.id": "c" },
      { ...b, "container.id": "c" },
    ],
    same: true,
  },
  {
    name: "one host.name alone",
    of: [
      { ...a, "host.name": "h" },
      { ...b, "host.name": "h" },
    ],
    same: true,
  },
  {
    name: "the host.name of a Collector on two nodes",
    of: [
      { ...a, "host.name": "collector", "k8s.node.name": "n1" },
      { ...b, "host.name": "collector", "k8s.node.name": "n2" },
    ],
    same: false,
  },
  {
    name: "the host.id of a Collector on two nodes",
    of: [
      { ...a, "host.id": "1", "k8s.node.uid": "n1" },
      { ...b, "host.id": "1", "k8s.node.uid": "n2" },
    ],
    same: false,
  },
  {
    name: "one node, two pods that each have a host.name",
    of: [
      { ...a, "host.name": "pod-1", "k8s.node.name": "n1" },
      { ...b, "host.name": "pod-2", "k8s.node.name": "n1" },
    ],
    same: true,
  },
  {
    name: "pods of one name in two namespaces",
    of: [
      { ...a, "k8s.pod.name": "web-0", "k8s.namespace.name": "x" },
      { ...b, "k8s.pod.name": "web-0", "k8s.namespace.name": "y" },
    ],
    same: false,
  },
  {
    name: "one process that knows its host only at times",
    of: [
      { ...a, "service.instance.id": "i" },
      { ...a, "service.instance.id": "i", "host.name": "h" },
    ],
    same: true,
  },
  {
    name: "instances of one number of two services",
    of: [
      { ...a, "service.instance.id": "1" },
      { ...b, "service.instance.id": "1" },
    ],
    same: false,
  },
  { name: "one service, and nothing else", of: [a, a], same: true },
  { name: "two services, and nothing else", of: [a, b], same: false },
  {
    name: "a host's name in capitals that names none",
    of: [
      { ...a, "host.name": "LocalHost" },
      { ...b, "host.name": "LocalHost" },
    ],
    same: false,
  },
];

suite("two resources", () => {
  for (const { name, of, same } of pairs) {
    test(`${name}: ${same ? "one clock" : "two clocks"}`, () => {
      assert.deepEqual(clockNumbers(of), same ? [0, 0] : [0, 1]);
    });
  }
});

test("a name that several machines have names none of those that have nothing else", () => {
  const shared = [
    { ...a, "host.name": "h", "host.id": "1" },
    { ...a, "host.name": "h", "host.id": "2" },
    { ...b, "host.name": "h" },
  ];
  assert.deepEqual(clockNumbers(shared), [0, 1, 2]);
  const [first, , third] = shared.map(spanOf) as [Span, Span, Span];
  const clock = clocksOf(shared.map(spanOf).concat(first, third));
  assert.deepEqual([clock(first).exact, clock(third).exact], [true, false]);
});

test("a host.name by which a call was answered before it was made names no machine", () => {
  const clocksBy = (
    more: Resource,
    [from, to]: [number, number],
    status: Span["status"]["code"] = "unset",
  ) => {
    const host = { "host.name": "h" };
    const times = (start: number, end: number) => ({
      startNs: BigInt(start * 1e6),
      endNs: BigInt(end * 1e6),
    });
    const caller = makeSpan({
      spanId: "1",
      kind: "client",
      resource: { ...a, ...host, ...more },
      ...times(100, 200),
      status: { code: status },
    });
    const callee = makeSpan({
      spanId: "2",
      parentSpanId: "1",
      resource: { ...b, ...host, ...more },
      ...times(from, to),
    });
    const clock = clocksOf([caller, callee]);
    return clock(caller).id === clock(callee).id ? "one" : `${clock(caller).name}, ${clock(callee).name}`;
  };
  assert.equal(clocksBy({}, [101, 199]), "one");
  assert.equal(clocksBy({}, [97, 150]), "h (service a), h (service b)");
  assert.equal(clocksBy({}, [152, 251]), "h (service a), h (service b)");
  assert.equal(clocksBy({}, [201, 202]), "h (service a), h (service b)");
  // Busy processes end late, callers give up, and what took longer than its call outlived it.
  assert.equal(clocksBy({}, [152, 249]), "one");
  assert.equal(clocksBy({}, [201, 202], "error"), "one");
  assert.equal(clocksBy({}, [150, 251]), "one");
  // What else they agree in no Collector writes.
  assert.equal(clocksBy({ "k8s.node.name": "n" }, [0, 50]), "one");
});

test("what agrees with one machine only joins it, whichever way it does", () => {
  const chain = [
    { ...a, "host.id": "1", "host.name": "h" },
    { ...b, "host.name": "h", "container.id": "c" },
    { "service.name": "c", "container.id": "c" },
  ];
  assert.deepEqual(clockNumbers(chain), [0, 0, 0]);
});

test("two clocks of one name are told apart by what differs", () => {
  const spans = ["1", "2"].map((id) => spanOf({ ...a, "host.name": "h", "host.id": id }));
  assert.deepEqual(
    spans.map((it) => clocksOf(spans)(it).name),
    ["h (host.id 1)", "h (host.id 2)"],
  );
});

test("a clock that is told from the service alone is a guess, and has its name", () => {
  const span = spanOf({ "service.name": "a", "service.namespace": "shop" });
  assert.deepEqual(clocksOf([span])(span), { id: '[["service","shop/a"]]', name: "shop/a", exact: false });
});

test("any resources, in any order: one equivalence, in which nothing that differs decisively is the same", () => {
  const values = ["1", "2", undefined];
  const keys = ["host.id", "host.name", "k8s.node.name", "container.id", "service.instance.id"];
  let seed = 7;
  const random = (n: number) => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * n);
  };
  for (let round = 0; round < 300; round++) {
    const resources = Array.from({ length: 2 + random(6) }, () => {
      const resource: Resource = { "service.name": `s${random(2)}` };
      for (const key of keys) {
        const value = values[random(values.length)];
        if (value !== undefined) resource[key] = value;
      }
      return resource;
    });
    const numbers = clockNumbers(resources);
    const backwards = clockNumbers(resources.toReversed()).reverse();
    for (const [i, x] of resources.entries()) {
      for (const [j, y] of resources.entries()) {
        const same = numbers[i] === numbers[j];
        assert.equal(backwards[i] === backwards[j], same, JSON.stringify({ x, y }));
        for (const key of ["host.id", "k8s.node.name"]) {
          const differs = x[key] !== undefined && y[key] !== undefined && x[key] !== y[key];
          assert.ok(!(same && differs), JSON.stringify({ x, y }));
        }
      }
    }
  }
});
