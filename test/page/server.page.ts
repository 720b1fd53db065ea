import assert from "node:assert/strict";
import { request } from "node:http";
import { after, before, suite, test } from "node:test";
import { pageRoutes, servePage } from "@envoy-mesh-lab/page-server";

// What a stranger may send to the page's server, which is one process of this machine: no browser is needed for that.

const token = "t".repeat(43);

suite("the page's server, asked by strangers", () => {
  const bytes = new TextEncoder().encode("<p>the page");
  const assets = new Map([["/", { type: "text/html", bytes, isNamedByContent: false }]]);
  let server: Awaited<ReturnType<typeof servePage>>;
  before(async () => {
    server = await servePage({ port: 0, token, assets, edge: "http://127.0.0.1:1", routes: pageRoutes });
  });
  after(() => server.close());

  const cookie = () => `envoy-mesh-lab-page-${new URL(server.origin).port}=${token}`;
  /** The status, the headers and the text of an answer; headers go out as they are given. */
  const ask = (
    path: string,
    headers: Record<string, string | string[]> = {},
    method = "GET",
    body?: string,
  ) =>
    new Promise<{ status: number | undefined; headers: Record<string, unknown>; text: string }>(
      (resolve, reject) => {
        const { hostname, port } = new URL(server.origin);
        const sent = request({ hostname, port, path, method, headers, agent: false }, (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (it) => chunks.push(it));
          response.on("end", () =>
            resolve({
              status: response.statusCode,
              headers: response.headers,
              text: `${Buffer.concat(chunks)}`,
            }),
          );
        });
        sent.once("error", reject);
        sent.end(body);
      },
    );

  test("every answer, also a refusal, allows no script but the page's own, and no frame", async () => {
    for (const [path, headers] of [
      ["/", { cookie: cookie() }],
      ["/"],
      ["/nowhere", { cookie: cookie() }],
    ] as const) {
      const { headers: got } = await ask(path, headers);
      const policy = String(got["content-security-policy"]);
      assert.match(policy, /^default-src 'none'; script-src 'self';/);
      assert.match(policy, /connect-src 'self' http:\/\/127\.0\.0\.1:1;/);
      assert.match(policy, /frame-ancestors 'none'/);
      assert.doesNotMatch(policy, /unsafe|\*/);
      assert.equal(got["x-content-type-options"], "nosniff");
    }
  });

  test("files beyond the page's own are nowhere, however the path is spelt", async () => {
    const paths = [
      "/../package.json",
      "/..%2fpackage.json",
      "/%2e%2e/etc/passwd",
      "/assets/../../main.ts",
      "/index.html%00",
    ];
    for (const path of paths) assert.equal((await ask(path, { cookie: cookie() })).status, 404, path);
  });

  test("markup in a path comes back as text, or not at all", async () => {
    const { headers, text } = await ask("/<script>alert(1)</script>".replaceAll("<", "%3C"), {
      cookie: cookie(),
    });
    assert.doesNotMatch(text, /script/);
    assert.match(String(headers["content-type"]), /^text\/plain/);
  });

  test("an RPC of another site, without the token or by another name is refused before it is read", async () => {
    const rpc = "/page.v1.SessionService/GetSession";
    const json = { "content-type": "application/json" };
    const own = { ...json, cookie: cookie() };
    assert.equal((await ask(rpc, json, "POST", "{}")).status, 401);
    assert.equal((await ask(rpc, { ...own, origin: "https://evil.example" }, "POST", "{}")).status, 403);
    assert.equal((await ask(rpc, { ...own, host: "evil.example" }, "POST", "{}")).status, 421);
    assert.equal((await ask(rpc, { ...own, "sec-fetch-site": "same-site" }, "POST", "{}")).status, 403);
    assert.equal((await ask(rpc, { ...own, origin: server.origin }, "POST", "{}")).status, 200);
  });

  test("what is no message, or too large a one, is refused, and the server goes on", async () => {
    const rpc = "/page.v1.SessionService/GetSession";
    const headers = { "content-type": "application/json", cookie: cookie() };
    for (const body of ["{", "null", "[".repeat(100_000)]) {
      assert.ok(((await ask(rpc, headers, "POST", body)).status ?? 0) >= 400, body.slice(0, 20));
    }
    const large = await ask(rpc, headers, "POST", " ".repeat(5 * 1024 * 1024)).catch(() => ({ status: 429 }));
    assert.equal(large.status, 429);
    assert.equal((await ask("/", { cookie: cookie() })).status, 200);
  });

  test("spans are taken as JSON, from the page, up to a size and a rate", async () => {
    const json = { "content-type": "application/json", cookie: cookie() };
    assert.equal((await ask("/v1/traces", { "content-type": "application/json" }, "POST", "{}")).status, 401);
    assert.equal(
      (await ask("/v1/traces", { ...json, "content-type": "text/plain" }, "POST", "{}")).status,
      415,
    );
    assert.equal((await ask("/v1/traces", json)).status, 405);
    const large = await ask("/v1/traces", json, "POST", " ".repeat(600 * 1024)).catch(() => ({
      status: 413,
    }));
    assert.equal(large.status, 413);
    const statuses = await Promise.all(
      Array.from({ length: 60 }, () => ask("/v1/traces", json, "POST", "{}")),
    );
    assert.ok(statuses.some(({ status }) => status === 429));
  });
});
