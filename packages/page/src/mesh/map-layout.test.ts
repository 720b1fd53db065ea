import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Box } from "./map-layout.ts";
import { layOut, nodeSize } from "./map-layout.ts";

const label = { width: 90, height: 30 };
const ways = [
  ["client", "edge"],
  ["edge", "gateway-proxy"],
  ["gateway-proxy", "gateway"],
  ["gateway", "gateway-proxy"],
  ["gateway-proxy", "backend-proxy"],
  ["backend-proxy", "backend"],
  ["gateway", "otel-collector"],
] as const;
const edges = ways.map(([from, to]) => ({ from, to, label }));
const workloads: Record<string, string> = { "gateway-proxy": "gateway", "backend-proxy": "backend" };
const nodes = [...new Set(ways.flat())].map((name) => ({ name, workload: workloads[name] ?? "" }));

const overlap = (a: Box, b: Box) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
const holds = (a: Box, b: Box) =>
  a.x <= b.x && a.y <= b.y && a.x + a.width >= b.x + b.width && a.y + a.height >= b.y + b.height;

for (const isNarrow of [false, true]) {
  suite(`the map, ${isNarrow ? "narrow" : "wide"}`, () => {
    const map = layOut(nodes, edges, isNarrow);
    const at = (name: string) => map.nodes.get(name) as Box;

    test("has every part in its bounds, none upon another", () => {
      const boxes = [...map.nodes.values()];
      for (const [i, box] of boxes.entries()) {
        assert.ok(holds({ x: 0, y: 0, width: map.width, height: map.height }, box));
        assert.deepEqual([box.width, box.height], [nodeSize.width, nodeSize.height]);
        for (const other of boxes.slice(i + 1)) assert.ok(!overlap(box, other));
      }
    });

    test("has a sidecar beside its workload, and nobody else with them", () => {
      for (const name of ["gateway", "backend"]) {
        const group = map.groups.get(name) as Box;
        const inside = nodes.filter((it) => overlap(group, at(it.name))).map((it) => it.name);
        assert.deepEqual(inside.sort(), [name, `${name}-proxy`]);
        assert.ok(inside.every((it) => holds(group, at(it))));
      }
    });

    test("goes on from who calls", () => {
      const place = ({ x, y }: Box) => (isNarrow ? y : x);
      assert.ok(place(at("client")) < place(at("edge")));
      assert.ok(place(at("edge")) < place(at("backend")));
    });

    test("is the same each time", () => {
      assert.deepEqual(layOut(nodes, edges, isNarrow), map);
    });
  });
}

suite("a map of anything", () => {
  test("of nothing is nothing", () => {
    assert.deepEqual(layOut([], [], false).edges, []);
  });

  test("may have names of all kinds, a workload that is not there, and ways in a circle", () => {
    const names = ["__proto__", "around a", "a", "\u0000", "<b>"];
    const map = layOut(
      names.map((name) => ({ name, workload: name === "<b>" ? "gone" : name === "around a" ? "a" : "" })),
      names.map((from, i) => ({ from, to: names[(i + 1) % names.length] as string, label })),
      false,
    );
    assert.equal(map.nodes.size, 5);
    assert.ok([...map.nodes.values()].every(({ x, y }) => Number.isFinite(x + y)));
  });
});
