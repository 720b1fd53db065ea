import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { PublishedProject } from "./published-project.ts";
import { createPublishedProject } from "./published-project.ts";

const workspace = fileURLToPath(new URL("..", import.meta.url));
let project: PublishedProject;
let port: number;

before(async () => {
  project = await createPublishedProject();
  port = await freePort();
  await cp(join(workspace, "testing/echo-service.ts"), join(project.folder, "gen/echo_pb.ts"));
  for (const [file, code] of await snippets()) {
    await writeFile(
      join(project.folder, file),
      code.replaceAll("127.0.0.1:8080", `127.0.0.1:${port}`).replace(/(listen\(|port: )8080/, `$1${port}`),
    );
  }
});
after(() => project.remove());

/** The README's examples by the file name in their first line. */
async function snippets(): Promise<Map<string, string>> {
  const readme = await readFile(join(workspace, "README.md"), "utf8");
  const blocks = [...readme.matchAll(/^```ts\n\/\/ (\S+\.ts)\n(.*?)^```$/gms)];
  assert.equal(blocks.length, [...readme.matchAll(/^```ts$/gm)].length, "an example without a file name");
  return new Map(blocks.map(([, file = "", code = ""]) => [file, code]));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

test("the package holds the compiled code, its types, and nothing else", async () => {
  const installed = join(project.folder, "node_modules/@envoy-mesh-lab/otelconnect");
  assert.deepEqual((await readdir(installed)).toSorted(), ["LICENSE", "README.md", "dist", "package.json"]);
  const manifest = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));
  assert.equal(manifest.type, "module");
  assert.deepEqual(manifest.sideEffects, ["./dist/register.js"]);
  assert.equal(manifest.dependencies, undefined);
  assert.deepEqual(Object.keys(manifest.peerDependencies).toSorted(), [
    "@connectrpc/connect",
    "@opentelemetry/api",
    "@opentelemetry/instrumentation",
  ]);
  assert.deepEqual(manifest.peerDependenciesMeta, { "@opentelemetry/instrumentation": { optional: true } });
  const files = await readdir(join(installed, "dist"));
  assert.ok(files.includes("index.js") && files.includes("index.d.ts"));
  const required = await readdir(join(installed, "dist/cjs"));
  assert.deepEqual(
    required.filter((it) => it !== "package.json"),
    files.filter((it) => it !== "cjs" && !it.startsWith("register.")),
  );
  for (const file of files) {
    if (file === "cjs") {
      // The same code once more.
      continue;
    }
    const text = await readFile(join(installed, "dist", file), "utf8");
    const imports = [...text.matchAll(/from "([^"]+)"/g)].map(([, name]) => name ?? "");
    if (/^(register|instrumentation)\./.test(file)) {
      // For Node alone, and reached from no other file.
      continue;
    }
    for (const name of imports) {
      assert.notEqual(name, "./instrumentation.js", file);
      assert.match(name, /^(\.\/[\w-]+\.js|@opentelemetry\/api|@connectrpc\/connect)$/, file);
    }
    assert.doesNotMatch(text, /\b(process|Buffer|require|__dirname)\b[.(]/, `${file} needs Node`);
  }
});

/** The types that are reached from the package's doors, without their docstrings. */
async function publicTypes(): Promise<string> {
  const dist = join(project.folder, "node_modules/@envoy-mesh-lab/otelconnect/dist");
  const files = new Set(["index", "instrumentation", "register", "web"]);
  const parts: string[] = [];
  for (const name of files) {
    const text = await readFile(join(dist, `${name}.d.ts`), "utf8");
    for (const [, other = ""] of text.matchAll(/(?:from|import\() ?"\.\/([\w-]+)\.js"/g)) files.add(other);
    const bare = text.replaceAll(/^ *\/\*\*[\s\S]*?\*\/\n/gm, "").replaceAll(/\n{2,}/g, "\n");
    parts.push(`== ${name}\n\n${bare.trim()}\n`);
  }
  return parts.join("\n");
}

test("the public types are those of public-types.txt, so that a review sees what changes", async (t) => {
  // After a change that is meant: node --test --test-update-snapshots packages/otelconnect/packaging/package.test.ts
  t.assert.fileSnapshot(await publicTypes(), join(workspace, "public-types.txt"), {
    serializers: [(it: unknown) => String(it)],
  });
});

test("CHANGELOG.md tells of the version that package.json has", async () => {
  const { version } = JSON.parse(await readFile(join(workspace, "package.json"), "utf8"));
  const changelog = await readFile(join(workspace, "CHANGELOG.md"), "utf8");
  assert.ok(changelog.includes(`\n## ${version}\n`), `no section ## ${version}`);
});

test("CommonJS requires the package where nothing may require an ES module, as in Jest", async () => {
  const code = `
    const assert = require("node:assert/strict");
    
    const otelconnect = require("@envoy-mesh-lab/otelconnect");
    require("@envoy-mesh-lab/otelconnect/instrumentation");
    assert.notEqual(require("@envoy-mesh-lab/otelconnect/web").createClientInterceptor, otelconnect.createClientInterceptor);
    import("@envoy-mesh-lab/otelconnect").then((esm) => {
      assert.notEqual(esm.createServerInterceptor, otelconnect.createServerInterceptor);
      assert.equal(esm.spanKey.id, otelconnect.spanKey.id);
      console.log(Object.keys(otelconnect).sort().join());
    });`;
  await writeFile(join(project.folder, "required.cjs"), code);
  const { stdout } = await project.exec(
    process.execPath,
    "--no-experimental-require-module",
    join(project.folder, "required.cjs"),
  );
  assert.equal(
    stdout,
    "createClientInterceptor,createServerInterceptor,createTraceContextPropagator,spanKey\n",
  );
});

test("the copy that zero code imports and the one that an app requires know each other", async () => {
  const code = `
    const { createClient, createRouterTransport } = require("@connectrpc/connect");
    const { createServerInterceptor, spanKey } = require("@envoy-mesh-lab/otelconnect");
    const { trace } = require("@opentelemetry/api");
    const sdk = require("@opentelemetry/sdk-trace");
    const exporter = new sdk.InMemorySpanExporter();
    trace.setGlobalTracerProvider(new sdk.TracerProvider({ spanProcessors: [new sdk.SimpleSpanProcessor({ exporter })] }));
    const own = createServerInterceptor({ spanName: () => "hidden" });
    import("./gen/echo_pb.ts").then(async ({ EchoService }) => {
      const unary = ({ value }, { values }) => ({ value: value + values.get(spanKey)?.name });
      const transport = createRouterTransport(({ service }) => service(EchoService, { unary }), {
        router: { interceptors: [(next) => own(next)] },
      });
      console.log((await createClient(EchoService, transport).unary({ value: "in " })).value);
      console.log(exporter.getFinishedSpans().map(({ name, kind }) => kind + name).join());
    });`;
  await writeFile(join(project.folder, "hidden.cjs"), code);
  const imports = ["--import", "@envoy-mesh-lab/otelconnect/register"];
  const { stdout } = await project.exec(process.execPath, ...imports, join(project.folder, "hidden.cjs"));
  assert.equal(
    stdout,
    "in echo.v1.EchoService/Unary\n1echo.v1.EchoService/Unary,2echo.v1.EchoService/Unary\n",
  );
});

test("source maps lead to the sources, which they hold", async () => {
  const dist = join(project.folder, "node_modules/@envoy-mesh-lab/otelconnect/dist");
  for (const file of ["client.js.map", "cjs/client.js.map"]) {
    const { sourcesContent } = JSON.parse(await readFile(join(dist, file), "utf8"));
    assert.deepEqual(sourcesContent, [await readFile(join(workspace, "src/client.ts"), "utf8")]);
  }
});

test("publint has nothing to say", async () => {
  await project.exec("publint", "--strict", project.tarball);
});

test("Are the types wrong? They are not", async () => {
  // The zero code is an ES module for --import; --require loads it too, which TypeScript does not know.
  await project.exec(
    "attw",
    "--profile",
    "strict",
    "--exclude-entrypoints",
    "register",
    "--",
    project.tarball,
  );
});

test("the README's examples compile against the package", async () => {
  const files = [...(await snippets()).keys()];
  const options = {
    compilerOptions: {
      strict: true,
      noEmit: true,
      module: "nodenext",
      target: "es2024",
      lib: ["es2024", "dom", "dom.iterable"],
      types: ["node"],
      allowImportingTsExtensions: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: true,
    },
    files,
  };
  await writeFile(join(project.folder, "tsconfig.json"), JSON.stringify(options));
  await project.exec("tsc", "-p", "tsconfig.json");
});

test("the README's examples run", async () => {
  for (const file of (await snippets()).keys()) {
    // Servers do not end, and a client needs one.
    if (!["server.ts", "client.ts", "express.ts", "fastify.ts"].includes(file)) {
      await project.exec(process.execPath, "--import", "./tracing.ts", file);
    }
  }
});

/** Starts a server of the project, and ends it after what is done with it, which is given what the server has printed. */
async function withServer(
  imports: readonly string[],
  file: string,
  use: (printed: () => string) => Promise<void>,
): Promise<void> {
  const flags = imports.flatMap((it) => ["--import", it]);
  const server = spawn(process.execPath, [...flags, file], {
    cwd: project.folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    let output = "";
    server.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    await until("the server listens", () => /^listening$/m.test(output));
    await use(() => output);
  } finally {
    const exited = once(server, "exit");
    server.kill();
    await exited;
  }
}

/** Runs a server and a client of the project, and holds that the server's span is the child of the client's. */
async function assertTracesCall(imports: readonly string[], serverFile: string, clientFile: string) {
  await withServer(imports, serverFile, async (printed) => {
    const flags = imports.flatMap((it) => ["--import", it]);
    const { stdout } = await project.exec(process.execPath, ...flags, clientFile);
    assert.match(stdout, /^hello$/m);
    assert.match(stdout, /kind: 2\b/);
    const [, traceId] = /traceId: '(\w{32})'/.exec(stdout) ?? [];
    const [, spanId] = /\bid: '(\w{16})'/.exec(stdout) ?? [];
    assert.ok(traceId && spanId);
    await assertServerSpan(printed, traceId, spanId);
  });
}

async function assertServerSpan(printed: () => string, traceId: string, parent: string): Promise<void> {
  await until("the server prints its span", () => /kind: 1\b/.test(printed()));
  assert.ok(printed().includes(`traceId: '${traceId}'`));
  assert.match(printed(), new RegExp(`parentSpanContext: \\{[^}]*spanId: '${parent}'`, "s"));
}

const caller = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };

/** Calls the service as curl would. */
async function callByHand(): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/echo.v1.EchoService/Unary`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      traceparent: `00-${caller.traceId}-${caller.spanId}-01`,
    },
    body: '"hello"',
  });
  assert.equal(await answer.text(), '"hello"');
}

test("the quick start traces a call", async () => {
  await assertTracesCall(["./tracing.ts"], "server.ts", "client.ts");
});

test("the quick start without its interceptors traces a call from outside", async () => {
  for (const file of ["server.ts", "client.ts"]) {
    const code = await readFile(join(project.folder, file), "utf8");
    const plain = code.replaceAll(/^.*(otelconnect|interceptors:).*\n/gm, "");
    assert.doesNotMatch(plain, /nterceptor/);
    await writeFile(join(project.folder, `plain-${file}`), plain);
  }
  const imports = ["./tracing.ts", "@envoy-mesh-lab/otelconnect/register"];
  await assertTracesCall(imports, "plain-server.ts", "plain-client.ts");
});

test("the example with Express traces a call", async () => {
  await withServer(["./tracing.ts"], "express.ts", async (printed) => {
    await callByHand();
    await assertServerSpan(printed, caller.traceId, caller.spanId);
  });
});

test("the example with Fastify and pino traces a call from outside, and its log tells of which trace it is", async () => {
  const imports = ["./tracing.ts", "@envoy-mesh-lab/otelconnect/register"];
  await withServer(imports, "fastify.ts", async (printed) => {
    await callByHand();
    await assertServerSpan(printed, caller.traceId, caller.spanId);
    await until("the log is printed", () => printed().includes('"asked"'));
    const lines = printed()
      .split("\n")
      .filter((line) => line.startsWith('{"level"'));
    const asked = lines.map((line) => JSON.parse(line)).find(({ msg }) => msg === "asked");
    assert.equal(asked?.trace_id, caller.traceId);
    assert.ok(printed().includes(`id: '${asked?.span_id}'`), "the id is the server's span's");
    assert.equal(asked?.trace_flags, "01");
  });
});

async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `never came true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
