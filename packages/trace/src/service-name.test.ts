import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { makeSpan } from "../testing/fixtures.ts";
import { serviceOf } from "./service-name.ts";

suite("the name of a service", () => {
  const cases: [string, Record<string, string | number>, string][] = [
    ["that it was given", { "service.name": "shop", "host.name": "h1" }, "shop"],
    ["that only begins like the stand-in's word", { "service.name": "unknown" }, "unknown"],
    ["of none, of which nothing else is known", {}, "unknown_service"],
    ["of an SDK's making", { "service.name": "unknown_service:node" }, "unknown_service:node"],
    [
      "of an SDK's making, on a host",
      { "service.name": "unknown_service:node", "host.name": "h1", "process.pid": 7 },
      "unknown_service:node (h1, pid 7)",
    ],
    [
      "of an SDK's making, in Kubernetes: replicas are one",
      { "service.name": "unknown_service:java", "k8s.deployment.name": "cart", "k8s.pod.name": "cart-1" },
      "unknown_service:java (cart)",
    ],
    ["of none, on a host", { "host.name": "h3" }, "unknown_service (h3)"],
    [
      "of a proxy, which is called so as a rule",
      { "service.name": "unknown_service:envoy", "host.name": "h1" },
      "unknown_service:envoy",
    ],
  ];
  for (const [name, resource, service] of cases) {
    test(name, () => assert.equal(serviceOf(makeSpan({ spanId: "1", resource })), service));
  }
});
