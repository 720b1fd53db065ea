import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Caller, Verdict } from "./access.ts";
import { judge } from "./access.ts";
import { linkOf } from "./link.ts";

const token = `${"0".repeat(42)}A`;
const port = 8090;
const cookie = `envoy-mesh-lab-page-8090=${token}`;

function asked(target: string, headers: Record<string, string | string[]> = {}, method = "GET"): Verdict {
  const all = { host: "127.0.0.1:8090", ...headers };
  const caller: Caller = {
    method,
    target,
    headers: Object.fromEntries(Object.entries(all).map(([name, it]) => [name, [it].flat()])),
  };
  return judge(caller, token, port);
}
const statusOf = (it: Verdict) => (it.kind === "refuse" ? it.status : it.kind);

suite("what is served", () => {
  test("the page, to who has the cookie", () => {
    assert.deepEqual(asked("/assets/a.js?x=1", { cookie }), { kind: "serve", path: "/assets/a.js" });
    assert.equal(statusOf(asked("/", { cookie: `other=1; ${cookie}` })), "serve");
  });

  test("the link gives the cookie, which no script reads and no other site sends, and leads to an address without token", () => {
    const { pathname, search } = new URL(linkOf("http://127.0.0.1:8090", token));
    const verdict = asked(`${pathname}${search}`, { "sec-fetch-site": "none", "sec-fetch-mode": "navigate" });
    assert.deepEqual(verdict, {
      kind: "redirect",
      location: "/",
      cookie: `${cookie}; Path=/; HttpOnly; SameSite=Strict`,
    });
  });

  test("`localhost` leads to the one address of the page, with all that was asked", () => {
    const host = "localhost:8090";
    assert.deepEqual(asked(`/?token=${token}`, { host }), {
      kind: "redirect",
      location: `http://127.0.0.1:8090/?token=${token}`,
    });
    assert.equal(statusOf(asked("/", { cookie, host }, "POST")), 421);
    assert.equal(statusOf(asked("//evil.example/", { host })), 400);
  });

  test("health, to who has nothing", () => {
    assert.equal(statusOf(asked("/healthz")), "serve");
    assert.equal(statusOf(asked("/healthz", { host: "evil.example" })), 421);
  });
});

suite("what is refused", () => {
  const names = [
    ...[
      "evil.example",
      "evil.example:8090",
      "127.0.0.1.evil.example",
      "localhost.evil.example",
      "localhost.",
      "127.1",
    ],
    ...[
      "0.0.0.0:8090",
      "[::1]:8090",
      "::1",
      "user@127.0.0.1",
      "127.0.0.1:",
      "127.0.0.1:8090 ",
      "127.0.0.1:999999",
      "",
    ],
    ...["127.0.0.1:8090,evil.example", "127.0.0.1\n", "xn--lcalhost-54a"],
  ];
  for (const host of names) {
    test(`the Host ${JSON.stringify(host)}`, () => assert.equal(statusOf(asked("/", { cookie, host })), 421));
  }
  test("no Host, and two", () => {
    assert.equal(statusOf(asked("/", { cookie, host: [] })), 421);
    assert.equal(statusOf(asked("/", { cookie, host: ["127.0.0.1:8090", "evil.example"] })), 421);
  });

  const origins = [
    ...[
      "https://evil.example",
      "null",
      "http://127.0.0.1:8080",
      "http://127.0.0.1",
      "https://127.0.0.1:8090",
      "",
    ],
    ...["http://localhost:8090", "http://127.0.0.1:8090.evil.example", "HTTP://127.0.0.1:8090", "file://"],
  ];
  for (const origin of origins) {
    test(`the Origin ${JSON.stringify(origin)}, also with the cookie, and also to sign in`, () => {
      assert.equal(statusOf(asked("/", { cookie, origin }, "POST")), 403);
      assert.equal(statusOf(asked(`/?token=${token}`, { origin })), 403);
    });
  }
  test("two Origins, of which one is right", () => {
    const origin = ["http://127.0.0.1:8090", "https://evil.example"];
    assert.equal(statusOf(asked("/", { cookie, origin })), 403);
  });

  test("what another page embeds or fetches without an Origin", () => {
    for (const site of ["cross-site", "same-site"]) {
      const headers = { cookie, "sec-fetch-site": site, "sec-fetch-mode": "no-cors" };
      assert.equal(statusOf(asked("/page.v1.MeshService/ControlPart?message=%7B%7D", headers)), 403, site);
    }
  });

  test("no token, a wrong one, one of another port, an empty one and a long one", () => {
    const wrong = [`${token}A`, token.slice(1), "", "A".repeat(100_000), "ü".repeat(43), token.toLowerCase()];
    assert.equal(statusOf(asked("/")), 401);
    for (const it of wrong) {
      assert.equal(statusOf(asked("/", { cookie: `envoy-mesh-lab-page-8090=${it}` })), 401);
      assert.equal(statusOf(asked(`/?token=${encodeURIComponent(it)}`)), 401);
    }
    assert.equal(statusOf(asked("/", { cookie: `envoy-mesh-lab-page-8091=${token}` })), 401);
  });

  test("a token elsewhere than on the page's own address, or with another method", () => {
    assert.equal(statusOf(asked(`/page.v1.MeshService/ControlPart?token=${token}`)), 400);
    assert.equal(statusOf(asked(`/?token=${token}`, {}, "POST")), 400);
  });

  test("a target that is no path", () => {
    for (const target of [
      "http://evil.example/",
      "*",
      "//evil.example/",
      "",
      "/\u0000",
      "/a b",
      "127.0.0.1:8090",
    ]) {
      assert.equal(statusOf(asked(target, { cookie })), 400, target);
    }
  });
});
