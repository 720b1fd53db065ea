import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { cacheDir, repoRoot } from "@envoy-mesh-lab/bootstrap";
import { goTool } from "../go-tool.ts";

const run = promisify(execFile);
const module = "test/exporters/go";
const purpose = "exports spans as other people's programs do";

/** Makes sure of the app with OpenTelemetry Go; `app <grpc | http/protobuf>` exports two traces. */
export function goApp(): Promise<string> {
  return goTool({
    ...{ name: "go-exporter", title: "an app with OpenTelemetry Go", version: "1.47.0" },
    ...{ purpose, module, package: ".", sources: ["main.go"] },
  });
}

/** Makes sure of OpenTelemetry's own generator of telemetry. */
export function telemetrygen(): Promise<string> {
  return goTool({
    ...{ name: "telemetrygen", title: "telemetrygen", version: "0.161.0", purpose, module },
    package: "github.com/open-telemetry/opentelemetry-collector-contrib/cmd/telemetrygen",
  });
}

/** An app with OpenTelemetry Python, and what it needs in its environment. */
export interface PythonApp {
  /** To put `grpc` or `http/protobuf` behind. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Makes sure of OpenTelemetry Python, from PyPI, in the lab's cache.
 *
 * @throws with pip's own words where it cannot be installed.
 */
export async function pythonApp(): Promise<PythonApp> {
  const folder = join(repoRoot, "test/exporters/python");
  const requirements = join(folder, "requirements.txt");
  const { stdout: version } = await run("python3", ["--version"]);
  const hash = createHash("sha256").update(version).update(readFileSync(requirements)).digest("hex");
  const home = join(cacheDir(), "tools", `python-exporter-${hash.slice(0, 12)}`);
  if (!existsSync(home)) {
    await mkdir(dirname(home), { recursive: true });
    const draft = await mkdtemp(`${home}.draft-`);
    try {
      const options = ["--quiet", "--no-deps", "--disable-pip-version-check", "--no-input"];
      const env = { ...process.env, PIP_REQUIRE_VIRTUALENV: "0" };
      await run("python3", ["-m", "pip", "install", ...options, "--target", draft, "-r", requirements], {
        env,
      });
      await rename(draft, home).catch((error: unknown) => {
        // Another process was faster.
        if (!existsSync(home)) throw error;
      });
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }
  return { command: ["python3", join(folder, "app.py")], env: { PYTHONPATH: home } };
}
