import assert from "node:assert/strict";
import { test } from "node:test";
import { opener } from "./open-link.ts";

test("a browser is opened only where there is a display", () => {
  assert.equal(opener("linux", {}), undefined);
  assert.equal(opener("linux", { DISPLAY: "" }), undefined);
  assert.equal(opener("linux", { DISPLAY: ":0" }), "xdg-open");
  assert.equal(opener("linux", { WAYLAND_DISPLAY: "wayland-0" }), "xdg-open");
  assert.equal(opener("darwin", {}), "open");
});
