import assert from "node:assert/strict";
import { test } from "node:test";
import { preflightHeaders, refusalOf, unreadable } from "./cors.ts";

const page = { origin: "https://a.example", headers: ["traceparent", "content-type"] };
const answer = (headers: Record<string, string>, status = 204) => ({ status, headers: new Headers(headers) });
const allow = (origin: string, headers: string) =>
  answer({ "access-control-allow-origin": origin, "access-control-allow-headers": headers });

test("a preflight names the headers, sorted, without spaces", () => {
  assert.equal(preflightHeaders(page)["access-control-request-headers"], "content-type,traceparent");
});

test("a browser sends what the answer to its preflight allows, whatever the case and order", () => {
  assert.equal(refusalOf(allow("https://a.example", "Traceparent ,x,CONTENT-TYPE"), page), undefined);
  assert.equal(refusalOf(allow("*", "*"), page), undefined);
});

test("a browser sends nothing else", () => {
  assert.match(refusalOf(allow("https://a.example", "content-type"), page) ?? "", /has no traceparent/);
  assert.match(refusalOf(allow("https://b.example", "*"), page) ?? "", /allow-origin is "https:\/\/b/);
  assert.match(refusalOf(answer({ "access-control-allow-headers": "*" }), page) ?? "", /is absent/);
  assert.match(refusalOf(answer({ "access-control-allow-origin": "*" }), page) ?? "", /only: nothing/);
  assert.match(refusalOf(answer({}, 403), page) ?? "", /answered with 403/);
  const secret = { ...page, headers: ["authorization"] };
  assert.match(refusalOf(allow("*", "*"), secret) ?? "", /has no authorization/);
});

test("an answer with two origins can be read by none", () => {
  assert.ok(unreadable(allow("https://a.example, https://b.example", ""), "https://a.example"));
});
