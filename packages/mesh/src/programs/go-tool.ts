import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { cacheDir, repoRoot, withLock } from "@envoy-mesh-lab/bootstrap";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { goBuild } from "./go-build.ts";
import { interruptible } from "./interrupt.ts";
import { InstallLog, StepError } from "./step.ts";
import { findTools } from "./tools.ts";

/** A Go program that only the project's tests and checks need, from a Go module with a go.mod and go.sum of its own. */
export interface GoTool {
  readonly name: string;
  /** For people. */
  readonly title: string;
  readonly version: string;
  /** What it is needed for, for messages. */
  readonly purpose: string;
  /** Folder of the go.mod and go.sum, relative to the repository. */
  readonly module: string;
  /** Import path of the main package. */
  readonly package: string;
  /** Its own sources in that folder, where it is not a module's; a change in one builds it anew. Default: none. */
  readonly sources?: readonly string[];
  /** For the linker, beside `-s -w`. Default: none. */
  readonly linkerFlags?: string;
}

/** What is built, and the Go command that built it or would. */
export interface BuiltTool {
  /** Path of the program. It is alone in its folder, where what belongs to it may be put. */
  readonly path: string;
  readonly go: string;
}

/** Lines of a failed build's log that its error shows. */
const shownLogLines = 15;

/**
 * Makes sure of such a program: from the cache, or built into it. A changed go.mod, go.sum or source builds it anew.
 *
 * @param onTick called with what is going on while it is built. Default: nobody
 * @throws LabError toolsMissing without a Go that can build it, installFailed when the build fails
 */
export async function ensureGoTool(
  tool: GoTool,
  onTick: (text: string) => void = () => {},
): Promise<BuiltTool> {
  const files = ["go.mod", "go.sum"].map((file) => join(tool.module, file));
  const { go } = await findTools([{ ...tool, from: "go", files }], process.env);
  if (go === undefined) throw new Error("findTools() finds Go or throws");
  const cache = cacheDir();
  const own = (tool.sources ?? []).map((file) => join(tool.module, file));
  const path = join(cache, "tools", `${tool.name}-${hashOf([...files, ...own])}`, tool.name);
  if (existsSync(path)) return { path, go };
  await interruptible(undefined, (signal) =>
    withLock(join(cache, "locks", "tools.lock"), `build ${tool.name}`, async () => {
      // Another run may have built it while this one waited for the lock.
      if (!existsSync(path)) await build(tool, go, path, signal, onTick);
    }),
  );
  return { path, go };
}

async function build(
  tool: GoTool,
  go: string,
  path: string,
  signal: AbortSignal,
  tick: (text: string) => void,
): Promise<void> {
  const cache = cacheDir();
  await mkdir(join(cache, "tools"), { recursive: true });
  const workspace = await mkdtemp(join(cache, "tools", ".draft-"));
  const log = new InstallLog(join(cache, "logs", `${tool.name}.log`));
  try {
    const source = {
      title: tool.title,
      module: join(repoRoot, tool.module),
      package: tool.package,
      linkerFlags: ["-s -w", tool.linkerFlags ?? []].flat().join(" "),
      output: join(workspace, tool.name),
    };
    await goBuild(go, source, {
      env: process.env,
      tools: { go, python: undefined },
      workspace,
      log,
      signal,
      tick,
    });
    await rename(workspace, dirname(path));
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    throw new LabError(
      `${tool.title} ${tool.version} could not be built: ${error.message}.\n${log.tail(shownLogLines)}`,
      { exitCode: ExitCode.installFailed, hint: `The whole log is ${log.path}.`, cause: error },
    );
  } finally {
    log.close();
    await rm(workspace, { recursive: true, force: true });
  }
}

/** Names what a tool is made from: its pin files, its sources and the platform. Twelve hexadecimal digits. */
function hashOf(files: readonly string[]): string {
  const hash = createHash("sha256").update(`${process.platform}-${process.arch}`);
  for (const file of files) hash.update("\n").update(readFileSync(join(repoRoot, file)));
  return hash.digest("hex").slice(0, 12);
}
