import assert from "node:assert/strict";
import { test } from "node:test";
import { goEnvironment } from "./go-build.ts";

test("the user's settings that change the result are overruled, those for the network stay", () => {
  const env = goEnvironment({
    GOFLAGS: "-mod=vendor -tags=x",
    GOWORK: "/home/me/go.work",
    GOOS: "plan9",
    CGO_ENABLED: "1",
    GOPROXY: "https://proxy.example",
    GOCACHE: "/home/me/cache",
    GOTOOLCHAIN: "auto",
  });
  assert.equal(env.GOFLAGS, "-mod=readonly -trimpath -buildvcs=false");
  assert.equal(env.GOWORK, "off");
  assert.equal(env.GOOS, process.platform);
  assert.equal(env.CGO_ENABLED, "0");
  assert.equal(env.GOPROXY, "https://proxy.example");
  assert.equal(env.GOCACHE, "/home/me/cache");
  assert.equal(env.GOTOOLCHAIN, "auto");
});
