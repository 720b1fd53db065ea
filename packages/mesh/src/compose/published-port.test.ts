import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { publishedPort } from "./published-port.ts";

const of = (ports: string, env: NodeJS.ProcessEnv = {}) =>
  publishedPort(`services:\n  a: { ports: [${ports}] }\n`, "a", env);

suite("publishedPort", () => {
  test("reads every form of a port", () => {
    for (const [form, port] of [
      ['"8000:80"', 8000],
      ['"127.0.0.1:8000:80/tcp"', 8000],
      ['"[::1]:8000:80"', 8000],
      ["{ target: 80, published: 8000 }", 8000],
      ['{ target: 80, published: "8000" }', 8000],
      ['"80"', undefined],
      ['"8000-8003:80-83"', undefined],
    ] as const) {
      assert.equal(of(form), port, form);
    }
  });

  test("fills variables in as Docker Compose does", () => {
    const withDefault = `"127.0.0.1:\${PORT:-8000}:80"`;
    assert.equal(of(withDefault), 8000);
    assert.equal(of(withDefault, { PORT: "" }), 8000);
    assert.equal(of(withDefault, { PORT: "9000" }), 9000);
    assert.equal(of(`"\${PORT-8000}:80"`, { PORT: "" }), undefined);
    assert.equal(of('"$PORT:80"', { PORT: "9000" }), 9000);
    assert.equal(of(`{ target: 80, published: "\${PORT:-8000}" }`, { PORT: "9000" }), 9000);
  });

  test("knows no port of what is not there", () => {
    assert.equal(of(""), undefined);
    assert.equal(publishedPort("", "a", {}), undefined);
    assert.equal(publishedPort("services: { a: { image: x } }", "b", {}), undefined);
  });

  test("finds Grafana's in the lab's own compose.yaml", () => {
    const text = readFileSync(join(repoRoot, "compose.yaml"), "utf8");
    assert.equal(publishedPort(text, "grafana", {}), 3000);
    assert.equal(publishedPort(text, "grafana", { GRAFANA_PORT: "3100" }), 3100);
  });
});
