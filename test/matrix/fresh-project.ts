import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { npm } from "./npm.ts";
import type { SdkRelease } from "./releases.ts";

/** An empty folder with the packed package and what stands beside it, installed as a stranger would. */
export interface FreshProject {
  readonly folder: string;
  remove(): Promise<void>;
}

/**
 * Installs the packed package with chosen releases of its peers, from the registry. npm refuses peers that do not fit, so that
 * this holds the ranges of package.json as well.
 *
 * @param more packages beside these, such as `typescript@5.6.3`
 */
export async function createFreshProject(
  tarball: string,
  connect: string,
  sdk: SdkRelease,
  more: readonly string[] = [],
): Promise<FreshProject> {
  const folder = await mkdtemp(join(tmpdir(), "otelconnect-matrix-"));
  const project = { folder, remove: () => rm(folder, { recursive: true, force: true }) };
  try {
    await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
    const of = (version: string, ...names: string[]) => names.map((name) => `${name}@${version}`);
    await npm(
      folder,
      "install",
      "--ignore-scripts",
      "--prefer-offline",
      tarball,
      ...of(connect, "@connectrpc/connect", "@connectrpc/connect-node", "@connectrpc/connect-web"),
      ...of(sdk.version, sdk.tracePackage, "@opentelemetry/sdk-metrics"),
      ...of(sdk.version, "@opentelemetry/context-async-hooks", "@opentelemetry/core"),
      ...of(sdk.api, "@opentelemetry/api"),
      ...of(sdk.instrumentation, "@opentelemetry/instrumentation"),
      ...more,
    );
    await cp(join(import.meta.dirname, "project"), folder, { recursive: true });
    const service = await readFile(
      join(repoRoot, "packages", "otelconnect", "testing", "echo-service.ts"),
      "utf8",
    );
    await writeFile(join(folder, "echo.mjs"), stripTypeScriptTypes(service));
  } catch (error) {
    await project.remove();
    throw error;
  }
  return project;
}
