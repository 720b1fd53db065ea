import assert from "node:assert/strict";
import { test } from "node:test";
import { LabError } from "@envoy-mesh-lab/trace";
import { readConfig } from "./config.ts";

const good = {
  LISTEN_ADDRESS: "127.0.0.1:8090",
  PAGE_ORIGIN: "http://127.0.0.1:9090",
  SESSION_FOLDER: "/var/lib/page",
  EDGE_ORIGIN: "http://127.0.0.1:8080",
  COLLECTOR_URL: "http://otel-collector:4318",
};

test("the environment says where the page is", () => {
  const { host, port, origin } = readConfig(good);
  assert.deepEqual([host, port, origin], ["127.0.0.1", 8090, "http://127.0.0.1:9090"]);
});

test("everything that is missing or wrong is named at once", () => {
  assert.throws(
    () =>
      readConfig({
        ...good,
        LISTEN_ADDRESS: "8090",
        PAGE_ORIGIN: "http://127.0.0.1:8090/;script-src *",
        EDGE_ORIGIN: "",
      }),
    (error: unknown) =>
      error instanceof LabError && /LISTEN_ADDRESS.*\n.*PAGE_ORIGIN.*\n.*EDGE_ORIGIN/.test(error.message),
  );
});
