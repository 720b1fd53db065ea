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
      code.replaceAll("127.0.0.1:8080", `127.0.0.1:${port}`).replace("listen(8080", `listen(${port}`),
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
  for (const file of files) {
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

test("publint has nothing to say", async () => {
  await project.exec("publint", "--strict", project.tarball);
});

test("Are the types wrong? They are not", async () => {
  await project.exec("attw", "--profile", "esm-only", project.tarball);
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
    if (!["server.ts", "client.ts"].includes(file)) {
      await project.exec(process.execPath, "--import", "./tracing.ts", file);
    }
  }
});

/** Runs a server and a client of the project, and holds that the server's span is the child of the client's. */
async function assertTracesCall(imports: readonly string[], serverFile: string, clientFile: string) {
  const flags = imports.flatMap((it) => ["--import", it]);
  const server = spawn(process.execPath, [...flags, serverFile], {
    cwd: project.folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    let serverOutput = "";
    server.stdout.setEncoding("utf8").on("data", (text: string) => {
      serverOutput += text;
    });
    await until("the server listens", () => serverOutput.includes("listening"));
    const { stdout } = await project.exec(process.execPath, ...flags, clientFile);
    assert.match(stdout, /^hello$/m);
    await until("the server prints its span", () => /kind: 1\b/.test(serverOutput));
    assert.match(stdout, /kind: 2\b/);
    const [, traceId] = /traceId: '(\w{32})'/.exec(stdout) ?? [];
    const [, spanId] = /\bid: '(\w{16})'/.exec(stdout) ?? [];
    assert.ok(traceId && spanId);
    assert.ok(serverOutput.includes(`traceId: '${traceId}'`));
    assert.match(serverOutput, new RegExp(`parentSpanContext: \\{[^}]*spanId: '${spanId}'`, "s"));
  } finally {
    const exited = once(server, "exit");
    server.kill();
    await exited;
  }
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

async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `never came true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
