import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ExitCode } from "@envoy-mesh-lab/trace";
import { partPlanSchema } from "./part-plan-schema.ts";
import { orderParts, planMesh } from "./plan.ts";
import type { MountSource, PlanInput } from "./plan-types.ts";
import { partPlan, planInput } from "./testing/plan-input.ts";

const node = { "x-native": { program: "node" } };

function only(service: Record<string, unknown>, rest: Partial<PlanInput> = {}) {
  const [part] = planMesh(planInput({ app: service }, rest)).parts;
  assert.ok(part);
  return part;
}

function problemsOf(services: Record<string, unknown>): string {
  try {
    planMesh(planInput(services));
  } catch (error) {
    assert.ok(error instanceof Error && "exitCode" in error);
    assert.equal(error.exitCode, ExitCode.composeInvalid);
    return error.message;
  }
  return "";
}

suite("planMesh", () => {
  test("puts the program in the place of the entrypoint", () => {
    assert.deepEqual(only({ ...node, entrypoint: ["tini", "--"], command: ["main.ts"] }).argv, [
      "/bin/node",
      "--",
      "main.ts",
    ]);
    assert.deepEqual(only({ entrypoint: ["/usr/bin/node", "--no-warnings"], command: ["main.ts"] }).argv, [
      "/bin/node",
      "--no-warnings",
      "main.ts",
    ]);
    assert.deepEqual(only({ command: ["node", "main.ts"] }).argv, ["/bin/node", "main.ts"]);
    assert.deepEqual(only({ ...node, command: ["main.ts"] }).argv, ["/bin/node", "main.ts"]);
  });

  test("lets several Envoys run on one host", () => {
    const envoy = (args: string[]) => only({ "x-native": { program: "envoy" }, command: args }).argv.slice(1);
    assert.deepEqual(envoy(["-c", "x"]), ["-c", "x", "--disable-hot-restart"]);
    assert.deepEqual(envoy(["--base-id", "1"]), ["--base-id", "1"]);
  });

  test("gives the environment of the service, derived, and the base one", () => {
    const part = only({
      ...node,
      expose: ["81"],
      environment: { LISTEN: "0.0.0.0:81", UNSET: null, EMPTY: "" },
    });
    assert.deepEqual(part.env, { PATH: "/bin", LISTEN: "127.0.0.1:81", EMPTY: "" });
  });

  test("wants room on the disks of volumes and of mounted folders, and none of what is in memory", () => {
    const mounts = new Map<string, MountSource>([
      ["/repo/data", { kind: "folder" }],
      ["/repo/app.yaml", { kind: "file", text: "" }],
    ]);
    const volumes = [
      { type: "volume", source: "kept", target: "/kept" },
      { type: "bind", source: "/repo/data", target: "/data" },
      { type: "bind", source: "/repo/app.yaml", target: "/app.yaml" },
    ];
    const service = { command: ["main.ts"], volumes, tmpfs: ["/run/app"] };
    const { room } = only({ ...service, "x-native": { program: "node", room: 1_000 } }, { mounts });
    assert.deepEqual(room, { least: 1_000, folders: ["/state/volumes/kept", "/repo/data"] });
    assert.equal(only({ ...service, ...node }, { mounts }).room, undefined);
  });

  test("makes volumes folders and keeps binds where they are", () => {
    const mounts = new Map<string, MountSource>([["/repo/static", { kind: "folder" }]]);
    const volumes = [
      { type: "volume", source: "data", target: "/var/data" },
      { type: "volume", target: "/scratch" },
      { type: "bind", source: "/repo/static", target: "/srv" },
    ];
    const part = only(
      {
        ...node,
        volumes,
        tmpfs: ["/run/app:mode=0700"],
        command: ["/var/data/x", "/scratch", "/srv/y", "/run/app/s"],
        working_dir: "/srv",
      },
      { mounts },
    );
    assert.deepEqual(part.argv.slice(1), [
      "/state/volumes/data/x",
      "/state/anonymous/app/_scratch",
      "/repo/static/y",
      "/tmp/lab/app/_run_app/s",
    ]);
    assert.deepEqual(part.folders, [
      "/state/volumes/data",
      "/state/anonymous/app/_scratch",
      "/tmp/lab/app/_run_app",
    ]);
    assert.equal(part.cwd, "/repo/static");
  });

  test("runs in the build context, else in the root", () => {
    assert.equal(only({ ...node, build: { context: "/repo/app" }, working_dir: "/image" }).cwd, "/repo/app");
    assert.equal(only({ ...node, working_dir: "/image" }).cwd, "/repo");
  });

  test("derives a copy of a mounted file only when it changes", () => {
    const mounts = new Map<string, MountSource>([
      ["/repo/a.yaml", { kind: "file", text: "endpoint: 0.0.0.0:81\n" }],
      ["/repo/b.yaml", { kind: "file", text: "endpoint: elsewhere:81\n" }],
      ["/repo/c.txt", { kind: "file", text: "0.0.0.0:81" }],
    ]);
    const volumes = ["a.yaml", "b.yaml", "c.txt"].map((name) => ({
      type: "bind",
      source: `/repo/${name}`,
      target: `/etc/${name}`,
    }));
    const part = only(
      { ...node, expose: ["81"], volumes, command: ["/etc/a.yaml", "/etc/b.yaml", "/etc/c.txt"] },
      { mounts },
    );
    assert.deepEqual(part.argv.slice(1), ["/state/config/app/a.yaml", "/repo/b.yaml", "/repo/c.txt"]);
    assert.deepEqual(part.configs, [
      {
        path: "/state/config/app/a.yaml",
        source: "/repo/a.yaml",
        text: "endpoint: 127.0.0.1:81\n# Made from /repo/a.yaml for a native run; edit that file, not this one.\n",
      },
    ]);
  });

  test("says in a copy where it comes from without moving its lines", () => {
    const text = (source: string, before: string) => {
      const mounts = new Map<string, MountSource>([[source, { kind: "file", text: before }]]);
      const volumes = [{ type: "bind", source, target: "/etc/x" }];
      return only({ ...node, expose: ["81"], volumes }, { mounts }).configs[0]?.text;
    };
    const note = (source: string) => `# Made from ${source} for a native run; edit that file, not this one.`;
    assert.equal(text("/r/a.yml", "# A.\na: app:81\n"), `${note("/r/a.yml")} # A.\na: 127.0.0.1:81\n`);
    assert.equal(text("/r/a.yml", "a: app:81"), `a: 127.0.0.1:81\n${note("/r/a.yml")}\n`);
    assert.equal(text("/r/a.json", '{"a": "app:81"}'), '{"a": "127.0.0.1:81"}');
  });

  test("gives two copies of one name two files", () => {
    const text = "endpoint: 0.0.0.0:81\n";
    const sources = ["/repo/x/c.yaml", "/repo/y/c.yaml"];
    const mounts = new Map<string, MountSource>(sources.map((source) => [source, { kind: "file", text }]));
    const volumes = sources.map((source, index) => ({ type: "bind", source, target: `/etc/${index}` }));
    const { configs } = only({ ...node, expose: ["81"], volumes }, { mounts });
    assert.deepEqual(
      configs.map(({ path }) => path),
      ["/state/config/app/c.yaml", "/state/config/app/1-c.yaml"],
    );
  });

  test("is understood by the supervisor, whatever a service asks for", () => {
    const refusals = { url: "http://app:81/metrics", counter: "refused" };
    const native = { ...node["x-native"], ready: "http://app:81/", refusals, drain: "/run/app/admin" };
    const part = only({
      "x-native": { ...native, validate: ["--check"] },
      expose: ["81"],
      tmpfs: ["/run/app"],
    });
    assert.ok(part.health?.refusals && part.drain && part.validateArgs);
    assert.deepEqual(partPlanSchema.parse(JSON.parse(JSON.stringify(part))), part);
  });

  test("finds the socket over which an Envoy is emptied in the folder of its volume", () => {
    const tmpfs = ["/run/envoy:uid=101"];
    const native = { program: "node", drain: "/run/envoy/admin" };
    const { drain, folders } = only({ "x-native": native, tmpfs });
    assert.equal(drain, `${folders[0]}/admin`);
    assert.equal(only(node).drain, undefined);
  });

  test("takes health from x-native.ready, else from the healthcheck, with its times", () => {
    const healthcheck = { test: ["CMD", "curl", "http://app:81/"], interval: "1m", start_period: "3s" };
    const exec = only({ ...node, expose: ["81"], healthcheck }).health;
    assert.deepEqual(exec, {
      probe: { kind: "exec", argv: ["curl", "http://127.0.0.1:81/"] },
      interval: 60_000,
      timeout: 30_000,
      retries: 3,
      startPeriod: 3_000,
      startInterval: 5_000,
    });
    const native = { program: "node", ready: "http://app:81/ready" };
    const http = only({ "x-native": native, expose: ["81"], healthcheck }).health;
    assert.deepEqual(
      [http?.probe, http?.interval],
      [{ kind: "http", url: "http://127.0.0.1:81/ready" }, 60_000],
    );
    const shell = only({ ...node, healthcheck: { test: ["CMD-SHELL", "exit 0"] } }).health?.probe;
    assert.deepEqual(shell, { kind: "exec", argv: ["/bin/sh", "-c", "exit 0"] });
    assert.equal(only({ ...node, healthcheck: { test: ["NONE"] } }).health, undefined);
    assert.equal(
      only({ "x-native": native, expose: ["81"], healthcheck: { disable: true } }).health,
      undefined,
    );
  });

  test("honours stop_signal, stop_grace_period and restart", () => {
    const part = only({ ...node, stop_signal: "INT", stop_grace_period: "1m30s", restart: "on-failure:2" });
    assert.deepEqual(
      [part.stopSignal, part.stopGrace, part.restart],
      ["SIGINT", 90_000, { when: "on-failure", attempts: 2 }],
    );
    const bare = only(node);
    assert.deepEqual([bare.stopSignal, bare.stopGrace, bare.restart], ["SIGTERM", 10_000, { when: "no" }]);
  });

  test("puts parts after those they depend on, and leaves out what need not be there", () => {
    const depends_on = {
      b: { condition: "service_started" },
      gone: { condition: "service_started", required: false },
    };
    const { parts } = planMesh(planInput({ a: { ...node, depends_on }, b: node }));
    assert.deepEqual(
      parts.map(({ name }) => name),
      ["b", "a"],
    );
    assert.deepEqual(
      parts[1]?.dependsOn.map(({ name }) => name),
      ["b"],
    );
  });

  test("changes a part's hash with anything of it, and only then", () => {
    const hash = (text: string, command: string) => {
      const mounts = new Map<string, MountSource>([["/repo/c.txt", { kind: "file", text }]]);
      const volumes = [{ type: "bind", source: "/repo/c.txt", target: "/etc/c.txt" }];
      return only({ ...node, volumes, command: [command] }, { mounts }).hash;
    };
    assert.equal(hash("a", "x"), hash("a", "x"));
    assert.notEqual(hash("a", "x"), hash("b", "x"));
    assert.notEqual(hash("a", "x"), hash("a", "y"));
  });

  test("keeps a part's hash when only the user's shell differs", () => {
    const parts = ["/bin", "/usr/bin"].map((PATH) => only(node, { baseEnv: { PATH } }));
    assert.deepEqual(
      parts.map(({ env }) => env.PATH),
      ["/bin", "/usr/bin"],
    );
    assert.equal(parts[0]?.hash, parts[1]?.hash);
  });

  test("refuses an image of another release than the program that runs in its place", () => {
    const envoy = { image: "envoyproxy/envoy:v1.40.2", "x-native": { program: "envoy" } };
    assert.equal(only(envoy).version, "1.40.0");
    assert.match(
      problemsOf({ a: { ...envoy, image: "envoyproxy/envoy:v1.31.0" } }),
      /a: image: envoyproxy\/envoy:v1\.31\.0 is not what runs here, which is envoy 1\.40\.0/,
    );
    assert.ok(only({ ...node, image: "envoy-mesh-lab/service:0.1.0" }));
  });

  test("reports everything that is wrong at once", () => {
    const message = problemsOf({
      a: {
        command: ["nginx"],
        restart: "sometimes",
        stop_signal: "SIGNAL",
        environment: { PEER: "http://b:9" },
        depends_on: { b: { condition: "service_healthy" }, c: { condition: "service_started" } },
        volumes: [{ type: "bind", source: "/repo/none.yaml", target: "/etc/none.yaml" }],
      },
      b: node,
    });
    for (const expected of [
      /a: there is no native program "nginx"; set x-native.program to one of node, envoy/,
      /a: restart: there is no policy "sometimes"/,
      /a: stop_signal: there is no signal SIGNAL/,
      /a: environment PEER: b declares no port 9/,
      /a: depends_on: b can never be healthy/,
      /a: depends_on: there is no service c/,
      /a: volumes: there is no \/repo\/none.yaml/,
    ]) {
      assert.match(message, expected);
    }
  });

  test("names the parts of a circle", () => {
    const on = (name: string) => ({ ...node, depends_on: { [name]: { condition: "service_started" } } });
    assert.match(problemsOf({ a: on("b"), b: on("c"), c: on("b") }), /in a circle: b > c > b/);
    const depends = (name: string) => [{ name, condition: "service_started", restart: false }] as const;
    const parts = [partPlan({ name: "a", dependsOn: depends("a") })];
    assert.deepEqual(orderParts(parts), { cycle: ["a", "a"] });
  });
});
