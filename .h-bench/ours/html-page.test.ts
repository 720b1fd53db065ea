import assert from "node:assert/strict";
import { test } from "node:test";
import { htmlPage } from "./html-page.ts";

test("a page has its title as text, and may load and run nothing", () => {
  const page = htmlPage({
    title: "</title><script>alert(1)</script>",
    style: "p { margin: 0 }",
    body: "<p>It.</p>",
  });
  assert.match(page, /^<!doctype html>/);
  assert.match(page, /<title>&lt;\/title&gt;&lt;script&gt;alert\(1\)&lt;\/script&gt;<\/title>/);
  assert.doesNotMatch(page, /<script/);
  assert.match(page, /Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/);
});
