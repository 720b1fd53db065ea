import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Derivation } from "./derive-text.ts";
import { deriveText } from "./derive-text.ts";
import { mapPorts } from "./port-map.ts";
import { composeProject } from "./testing/plan-input.ts";

const project = composeProject({
  edge: { ports: [{ target: 8080, published: "9000" }] },
  gateway: { expose: ["8081"] },
  "gateway-proxy": { expose: ["15001", "15006"] },
  web: { expose: ["80"] },
});

function derivation(shift = 0): Derivation {
  return {
    service: "gateway",
    ports: mapPorts(project, shift),
    paths: [
      { target: "/var/data", native: "/state/volumes/data" },
      { target: "/etc/app/app.yaml", native: "/repo/app.yaml" },
      { target: "/etc/app", native: "/repo/etc" },
    ],
  };
}

function check(cases: readonly (readonly [string, string])[], shift = 0): void {
  for (const [text, expected] of cases) {
    assert.deepEqual(deriveText(text, derivation(shift)), { text: expected, problems: [] }, text);
  }
}

suite("deriveText", () => {
  test("gives services their native address", () => {
    check([
      ["gateway-proxy:15001", "127.0.0.1:15001"],
      ["http://gateway-proxy:15001/path?x=1", "http://127.0.0.1:15001/path?x=1"],
      ["grpc://user@gateway:8081", "grpc://user@127.0.0.1:8081"],
      ["a=gateway:8081,b=gateway-proxy:15006", "a=127.0.0.1:8081,b=127.0.0.1:15006"],
      ["ask gateway:8081.", "ask 127.0.0.1:8081."],
      ["http://edge:8080", "http://127.0.0.1:9000"],
    ]);
  });

  test("moves all of them by the shift", () => {
    check(
      [
        ["http://gateway-proxy:15001", "http://127.0.0.1:16001"],
        ["http://edge:8080", "http://127.0.0.1:10000"],
        ["0.0.0.0:8081", "127.0.0.1:9081"],
        ["localhost:8081", "127.0.0.1:9081"],
      ],
      1000,
    );
  });

  test("brings the service's own listening addresses to the loopback", () => {
    check([
      ["0.0.0.0:8081", "127.0.0.1:8081"],
      ["[::]:8081", "127.0.0.1:8081"],
      ["fetch('http://127.0.0.1:8081/readyz')", "fetch('http://127.0.0.1:8081/readyz')"],
    ]);
  });

  test("knows the default port of a scheme", () => {
    check([
      ["http://web/index", "http://127.0.0.1:80/index"],
      ["http://web", "http://127.0.0.1:80"],
    ]);
  });

  test("leaves words and foreign addresses alone", () => {
    const same = [
      "gateway",
      "the gateway: 8081 cups",
      "service.name=gateway",
      "my-gateway:8081",
      "gateway.example:8081",
      "grafana/web:80",
      "web:80.1",
      "gateways:8081",
      "127.0.0.1:7946",
      "https://opentelemetry.io:443",
      "gateway_8081",
      "10:30:00",
    ];
    check(same.map((text) => [text, text]));
  });

  test("gives paths under a mount their native place, the longest first", () => {
    check([
      ["/var/data", "/state/volumes/data"],
      ["--dir=/var/data/wal", "--dir=/state/volumes/data/wal"],
      ["file:///var/data/x", "file:///state/volumes/data/x"],
      ["-c /etc/app/app.yaml", "-c /repo/app.yaml"],
      ["/etc/app/other.yaml", "/repo/etc/other.yaml"],
      ["/var/database", "/var/database"],
      ["/srv/var/data", "/srv/var/data"],
      ["http://host/var/data", "http://host/var/data"],
    ]);
  });

  test("reports a port that its service does not declare, where the text can only be an address", () => {
    const expected = "gateway declares no port 9: add it to its ports or expose";
    for (const text of ["gateway:9", "http://gateway:9/x", "0.0.0.0:9"]) {
      assert.deepEqual(deriveText(text, derivation()), { text, problems: [expected] }, text);
    }
    assert.match(deriveText("https://gateway/", derivation()).problems[0] ?? "", /no port 443/);
    assert.deepEqual(deriveText("ratio gateway:9 in words", derivation()).problems, []);
  });
});
