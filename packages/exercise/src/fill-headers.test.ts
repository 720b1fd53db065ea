import assert from "node:assert/strict";
import { test } from "node:test";
import { fillHeaders } from "./fill-headers.ts";

test("each call brings ids of its own, and other values stay as they are", () => {
  const headers = { traceparent: "00-57a9{hex:28}-{hex:16}-01", "x-tenant": "{blue}" };
  const [one, other] = [fillHeaders(headers), fillHeaders(headers)];
  assert.match(one.traceparent ?? "", /^00-57a9[0-9a-f]{28}-[0-9a-f]{16}-01$/);
  assert.notEqual(one.traceparent, other.traceparent);
  assert.equal(one["x-tenant"], "{blue}");
});
