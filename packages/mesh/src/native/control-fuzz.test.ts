import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import fc from "fast-check";
import type { ControlServer } from "./control-server.ts";
import { serveControl } from "./control-server.ts";
import type { MeshFolder } from "./mesh-folder.ts";
import { meshFolder } from "./mesh-folder.ts";
import type { PartPlan } from "./plan.ts";
import { identify } from "./processes.ts";
import { largestBody } from "./request-body.ts";
import { Supervisor } from "./supervisor.ts";
import { until } from "./testing/fixture-mesh.ts";

// Whoever has the token may do anything but break the supervisor: what is malformed is refused, whole, and the part that
// runs goes on as the same process. After each test the supervisor takes commands still.

let root: string;
let folder: MeshFolder;
let supervisor: Supervisor;
let control: ControlServer;

const sleeper = (name: string): PartPlan => ({
  name,
  program: "node",
  version: "1",
  argv: [process.execPath, "-e", "setInterval(() => {}, 1000)"],
  env: { MARK: "1" },
  cwd: root,
  folders: [],
  configs: [{ path: join(root, "copy.yaml"), source: "a.yaml", text: "a: 1" }],
  ports: [{ container: 80, host: 8_080, published: true }],
  dependsOn: [],
  health: {
    probe: { kind: "http", url: "http://127.0.0.1:1/ready" },
    interval: 1_000,
    timeout: 1_000,
    retries: 3,
    startPeriod: 60_000,
    startInterval: 1_000,
  },
  validateArgs: ["--validate"],
  restart: { when: "on-failure", attempts: 1 },
  stopSignal: "SIGKILL",
  stopGrace: 1_000,
  hash: "1",
});
const mesh = () => ({ files: ["compose.yaml"], parts: [sleeper("web")], partial: false });

before(async () => {
  root = await mkdtemp(join(tmpdir(), "lab-control-"));
  folder = meshFolder("test", root);
  await mkdir(folder.logs, { recursive: true });
  const self = identify(process.pid);
  assert.ok(self);
  supervisor = new Supervisor(folder, self);
  control = await serveControl(supervisor, () => undefined, 1_000);
  assert.equal((await send("POST", "/converge", JSON.stringify(mesh()))).status, 200);
});
after(async () => {
  await supervisor.shutdown();
  control.close();
  await rm(root, { recursive: true, force: true });
});

interface Reply {
  readonly status: number | undefined;
  readonly body: string;
}

function send(method: string, path: string, body: string | Buffer, headers = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: "127.0.0.1",
      port: control.port,
      method,
      path,
      agent: false,
      headers: { authorization: `Bearer ${control.token}`, ...headers },
    });
    outgoing.once("response", (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.once("end", () => resolve({ status: response.statusCode, body: text }));
    });
    outgoing.once("error", reject);
    outgoing.end(method === "POST" ? body : undefined);
  });
}

/** What runs, and as which process; without the health, which changes by itself. */
function running() {
  return supervisor.state.parts.map(({ name, process, hash, restarts }) => ({
    name,
    process,
    hash,
    restarts,
  }));
}

/** Runs something that must change nothing, and sees that commands are taken afterwards. */
async function unchanged(action: () => Promise<unknown>): Promise<void> {
  const earlier = running();
  await action();
  assert.deepEqual(running(), earlier);
  const { status, body } = await send("POST", "/converge", JSON.stringify(mesh()));
  assert.deepEqual([status, JSON.parse(body).unchanged], [200, ["web"]]);
  assert.deepEqual(running(), earlier);
  assert.equal((await send("GET", "/status", "")).status, 200);
}

async function refused(method: string, path: string, body: string | Buffer, expected = 400): Promise<void> {
  const reply = await send(method, path, body);
  assert.equal(reply.status, expected, `${path} ${body.slice(0, 200)}: ${reply.body}`);
  const { error } = JSON.parse(reply.body);
  assert.ok(error.length > 0 && error.length < 4_000, "says why, and not at length");
}

const commands = ["/converge", "/shutdown", "/parts/web/stop", "/parts/web/kill", "/parts/web/restart"];

test("a part without its ports, which once wedged the supervisor, is refused with the place of the mistake", () =>
  unchanged(async () => {
    const { ports: _ports, ...part } = sleeper("other");
    const { status, body } = await send("POST", "/converge", JSON.stringify({ ...mesh(), parts: [part] }));
    assert.equal(status, 400);
    assert.match(JSON.parse(body).error, /malformed, nothing was done(.|\n)*parts\[0\]\.ports/);
  }));

/** Each place in a value, as the path that leads there. */
function places(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  const inner =
    typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([key, each]) => places(each, [...path, key]))
      : [];
  return [path, ...inner];
}

/** A copy of a value with another in one place; undefined takes the place away. */
function replaced(value: unknown, [key, ...rest]: readonly string[], other: unknown): unknown {
  if (key === undefined) {
    return other;
  }
  const copy: Record<string, unknown> = structuredClone(value) as Record<string, unknown>;
  const next = replaced(copy[key], rest, other);
  if (next === undefined) {
    delete copy[key];
  } else {
    copy[key] = next;
  }
  return copy;
}

const typeOf = (value: unknown) => (value === null ? "null" : Array.isArray(value) ? "array" : typeof value);

test("each value of a plan as each other type of JSON is refused", () =>
  unchanged(async () => {
    const plan = { ...mesh(), parts: [{ ...sleeper("other"), dependsOn: [] }] };
    for (const path of places(plan)) {
      const at = path.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], plan);
      for (const other of [null, 7.5, -1, true, "x", [], {}, [[]], [null]].filter(
        (it) => typeOf(it) !== typeOf(at),
      )) {
        await refused("POST", "/converge", JSON.stringify(replaced(plan, path, other)));
      }
      if (
        path.length > 0 &&
        !["health", "validateArgs", "attempts", "MARK", "0", "1", "2"].includes(path.at(-1) ?? "")
      ) {
        await refused("POST", "/converge", JSON.stringify(replaced(plan, path, undefined)));
      }
    }
  }));

test("values of the right type that nothing can be done with are refused", () =>
  unchanged(async () => {
    const wrong: Readonly<Record<string, unknown>> = {
      name: ["", ".", "..", "../../escape", "a/b", "a\0b", "a".repeat(201), "é"],
      argv: [[], [""], ["a\0b"]],
      env: [{ "": "1" }, { "a=b": "1" }, { a: "1\0" }],
      cwd: ["", "\0"],
      ports: [
        [{ container: 0, host: 1, published: true }],
        [{ container: 1, host: 70_000, published: true }],
      ],
      dependsOn: [
        [{ name: "nobody", condition: "service_healthy", restart: false }],
        [{ name: "other", condition: "service_healthy", restart: false }],
        [{ name: "web", condition: "whenever", restart: false }],
      ],
      health: [
        { probe: { kind: "http", url: "file:///etc/passwd" } },
        { ...sleeper("x").health, probe: { kind: "http", url: "no url" } },
        { ...sleeper("x").health, interval: 2 ** 31 },
        { ...sleeper("x").health, probe: { kind: "exec", argv: [] } },
      ],
      restart: [{ when: "sometimes" }, { when: "always", attempts: -1 }],
      stopSignal: ["SIGNAL", "toString", "9"],
      stopGrace: [-1, 1e300],
      hash: [""],
      more: [1],
    };
    for (const [key, values] of Object.entries(wrong)) {
      for (const value of values as unknown[]) {
        const part = { ...sleeper("other"), [key]: value };
        await refused("POST", "/converge", JSON.stringify({ ...mesh(), parts: [part] }));
      }
    }
    await refused("POST", "/converge", JSON.stringify({ ...mesh(), parts: [sleeper("a"), sleeper("a")] }));
    await refused("POST", "/converge", JSON.stringify({ ...mesh(), more: 1 }));
  }));

test("parts that depend on each other in a circle are refused", () =>
  unchanged(async () => {
    const on = (name: string) => [{ name, condition: "service_started", restart: false } as const];
    const parts = [
      { ...sleeper("a"), dependsOn: on("b") },
      { ...sleeper("b"), dependsOn: on("a") },
    ];
    await refused("POST", "/converge", JSON.stringify({ ...mesh(), parts }));
  }));

test("any JSON, and any bytes, for any command", () =>
  unchanged(async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...commands),
        fc.oneof(
          fc.json().filter((text) => text.trim() !== "{}"),
          fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
        ),
        (path, body) => refused("POST", path, body),
      ),
      { numRuns: 300 },
    );
  }));

test("a body that is cut off anywhere", () =>
  unchanged(async () => {
    const whole = JSON.stringify(mesh());
    for (let length = 1; length < whole.length; length += 7) {
      await refused("POST", "/converge", whole.slice(0, length));
    }
  }));

test("JSON that is nested a million deep, and one with a million mistakes", () =>
  unchanged(async () => {
    for (const [open, close] of [
      ["[", "]"],
      ['{"a":', "}"],
    ] as const) {
      const deep = open.repeat(1_000_000) + (open === "[" ? "" : "1") + close.repeat(1_000_000);
      await refused("POST", "/converge", deep);
      await refused("POST", "/converge", `{"files":[],"partial":true,"parts":${deep}}`);
    }
    const many = `[${"0,".repeat(999_999)}0]`;
    await refused("POST", "/converge", `{"files":[],"partial":true,"parts":${many}}`);
    await refused("POST", "/converge", `{"files":[],"partial":true,"parts":[{"ports":${many}}]}`);
  }));

test("a body that is too large is refused with 413, or its connection is closed", () =>
  unchanged(async () => {
    const large = Buffer.alloc(largestBody + 1, " ");
    const outcome = await send("POST", "/converge", large).catch((error: Error) => error);
    // Whether the answer is read before the rest cannot be written any more is up to the system.
    assert.ok(outcome instanceof Error || outcome.status === 413);
  }));

test("unknown paths, methods and signals, and what names no part", () =>
  unchanged(async () => {
    for (const [method, path] of [
      ["GET", "/"],
      ["GET", "/converge"],
      ["POST", "/status"],
      ["GET", "/status/more"],
      ["POST", "/shutdown/now"],
      ["DELETE", "/parts/web/stop"],
      ["POST", "/parts/web"],
      ["POST", "/parts/web/stop/more"],
      ["POST", "/parts/__proto__/stop"],
      ["POST", "//converge"],
    ] as const) {
      await refused(method, path, "{}", 404);
    }
    await refused("POST", "/parts/web/explode", "{}");
    await refused("POST", "/parts/%zz/stop", "{}");
    await refused("POST", "/parts/%2e%2e/stop", "{}");
    await refused("POST", "/parts/web/start", '{"signal":"SIGTERM"}');
    await refused("POST", "/parts/web/stop", '{"action":"kill","name":"other","more":1}');
    for (const signal of ['"SIGNAL"', "9", "null", '"toString"', "[]"]) {
      await refused("POST", "/parts/web/kill", `{"signal":${signal}}`);
    }
  }));

test("a request for another host is refused, as one of a web page whose name points here would be", () =>
  unchanged(async () => {
    for (const host of ["evil.example", `evil.example:${control.port}`, "127.0.0.1"]) {
      assert.equal((await send("POST", "/shutdown", "{}", { host })).status, 403, host);
    }
  }));

test("who does not know the token gets no further, whatever the body", () =>
  unchanged(async () => {
    const { token } = control;
    for (const authorization of [
      "",
      "Bearer",
      `bearer ${token}`,
      `Bearer ${token} `,
      `Bearer ${token}x`,
      token,
    ]) {
      const outcome = await send("POST", "/shutdown", "{", {
        authorization: `${authorization}`.replace(/ $/, "!"),
      });
      assert.equal(outcome.status, 401, authorization);
    }
  }));

test("a body that never comes holds up nobody, and its connection is closed", () =>
  unchanged(async () => {
    const slow = connect(control.port, "127.0.0.1");
    await once(slow, "connect");
    const lines = [
      "POST /converge HTTP/1.1",
      `host: 127.0.0.1:${control.port}`,
      `authorization: Bearer ${control.token}`,
    ];
    slow.write(`${[...lines, "content-length: 100"].join("\r\n")}\r\n\r\n{`);
    slow.resume();
    // Others are served in the meantime.
    assert.equal((await send("GET", "/status", "")).status, 200);
    await once(slow, "close");
  }));

test("a caller that leaves in the middle of its body changes nothing", () =>
  unchanged(async () => {
    const gone = connect(control.port, "127.0.0.1");
    await once(gone, "connect");
    gone.write(
      `POST /shutdown HTTP/1.1\r\nhost: 127.0.0.1:${control.port}\r\nauthorization: Bearer ${control.token}\r\n`,
    );
    gone.write("content-length: 2\r\n\r\n{");
    gone.destroy();
    await until("the connection is gone", () => gone.closed);
  }));
