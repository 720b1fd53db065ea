import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import type { RuntimeName } from "./runtime.ts";
import { runtimeNames } from "./runtime.ts";

/** What is known of a mesh before its runtime is. */
export interface RuntimeFacts {
  readonly project: string;
  /** What this command was asked to use. */
  readonly asked?: RuntimeName | undefined;
  /** The text of LAB_RUNTIME. */
  readonly variable?: string | undefined;
  /** Whether `lab up --docker` brought it up, and no `lab down` ended it since. */
  readonly inDocker: boolean;
  /** Whether `lab up --kubernetes` brought it up, and no `lab down` ended it since. */
  readonly onKubernetes: boolean;
  /** Whether it runs as processes of this machine. */
  readonly isNative: boolean;
}

const started: Readonly<Record<RuntimeName, string>> = {
  native: "runs natively",
  docker: "was brought up in Docker",
  kubernetes: "was brought up on Kubernetes",
};

/**
 * What runs a mesh: what was asked for, else what runs it already, else LAB_RUNTIME, else processes.
 *
 * @throws {LabError} (exit code `usage`) when it runs elsewhere than was asked for, or LAB_RUNTIME names no runtime.
 */
export function chooseRuntime({
  project,
  asked,
  variable,
  inDocker,
  onKubernetes,
  isNative,
}: RuntimeFacts): RuntimeName {
  const preferred = runtimeNames.find((it) => it === variable);
  if (variable && preferred === undefined) {
    throw new LabError(`LAB_RUNTIME is "${variable}", which is no runtime of a mesh`, {
      exitCode: ExitCode.usage,
      hint: `set it to ${runtimeNames.join(" or ")}, or unset it`,
    });
  }
  const current = isNative ? "native" : inDocker ? "docker" : onKubernetes ? "kubernetes" : undefined;
  if (asked !== undefined && current !== undefined && asked !== current) {
    throw new LabError(`the mesh ${project} ${started[current]}`, {
      exitCode: ExitCode.usage,
      hint: "end it first with `lab down`, or give this one another name with --project-name and other ports with LAB_PORT_SHIFT",
    });
  }
  return asked ?? current ?? preferred ?? "native";
}
