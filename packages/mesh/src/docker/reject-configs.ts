import { relative } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import type { ComposeService } from "../compose/schema.ts";
import { programRules } from "../native/program-rules.ts";
import type { Rejection } from "../native/validate-configs.ts";
import { problemLines, rejectionError } from "../native/validate-configs.ts";
import type { DockerProject } from "./compose-project.ts";

/**
 * The command with which a service's container checks its configuration instead of running; undefined when its program
 * cannot, or none is said (`x-native`).
 */
export function checkCommand({ command, "x-native": native }: ComposeService): readonly string[] | undefined {
  const args = command ?? [];
  return native?.validate
    ? [...args, ...native.validate]
    : programRules.get(native?.program ?? "")?.validateArgs?.(args);
}

/**
 * Has the real programs check the configuration of services, in containers of their own, before any of them is started.
 *
 * @throws {LabError} (exit code `configRejected`) in the programs' own words, and the user's file that they are about.
 */
export async function rejectConfigs(project: DockerProject, names: readonly string[]): Promise<void> {
  const [first, ...others] = names;
  if (first === undefined) return;
  // The first alone: Docker Compose makes the network for it, and two at a time would make it twice.
  const results = [await check(project, first)];
  results.push(...(await Promise.all(others.map((name) => check(project, name)))));
  const rejections = results.filter((it) => it !== undefined);
  if (rejections.length > 0) {
    throw rejectionError(rejections);
  }
}

async function check(project: DockerProject, name: string): Promise<Rejection | undefined> {
  const service = project.model.services[name];
  const command = service && checkCommand(service);
  if (service === undefined || command === undefined) return undefined;
  const once = ["run", "--rm", "--no-deps", "--no-TTY", "--quiet-pull", name, ...command];
  const { code, stdout, stderr } = await project.tryCompose(once);
  if (code === 0) return undefined;
  const copies = service.volumes.flatMap(({ type, source, target }) =>
    type === "bind" && source !== undefined ? [{ path: target, source }] : [],
  );
  return {
    part: name,
    program: service["x-native"]?.program ?? name,
    files: copies.map(({ source }) => relative(repoRoot, source)),
    lines: problemLines(`${stdout}\n${stderr}`, copies),
  };
}
