import assert from "node:assert/strict";
import { test } from "node:test";
import { pageOrigin, profilesWith } from "./page.ts";

test("the page's origin moves with its port and with the mesh", () => {
  assert.equal(pageOrigin({}), "http://127.0.0.1:8090");
  assert.equal(pageOrigin({ LAB_PORT_SHIFT: "1000" }), "http://127.0.0.1:9090");
  assert.equal(pageOrigin({ PAGE_PORT: "7000", LAB_PORT_SHIFT: "-1" }), "http://127.0.0.1:6999");
  assert.equal(pageOrigin({ PAGE_PORT: "", PAGE_ORIGIN: "http://127.0.0.1:1" }), "http://127.0.0.1:1");
});

test("a page that runs stays when its mesh is brought up to date", () => {
  const running = ["edge", "page"];
  assert.deepEqual(profilesWith({ env: {}, running }), ["page"]);
  assert.deepEqual(profilesWith({ env: { COMPOSE_PROFILES: "load,page" }, running }), ["load", "page"]);
  assert.deepEqual(profilesWith({ profiles: ["grafana"], env: { COMPOSE_PROFILES: "load" }, running }), [
    "grafana",
    "page",
  ]);
});

test("one that does not run is started when it is named, and only then", () => {
  assert.equal(profilesWith({ env: {}, running: ["edge"] }), undefined);
  assert.deepEqual(profilesWith({ profiles: ["load"], env: {}, running: [] }), ["load"]);
  assert.deepEqual(profilesWith({ parts: ["page"], env: {}, running: ["edge"] }), ["page"]);
});
