import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { cacheDir, repoRoot, withLock } from "@envoy-mesh-lab/bootstrap";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { goBuild, goEnvironment } from "./go-build.ts";
import { interruptible } from "./interrupt.ts";
import { InstallLog, runStep, StepError } from "./step.ts";
import { findTools } from "./tools.ts";

/** A Go program that is built when something first needs it, from a Go module with a go.mod and go.sum of its own. */
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
  /** Build tags, separated by commas. Default: none. */
  readonly tags?: string;
  /** Files of a module that it is built from, which are put beside it under their own names. Default: none. */
  readonly withFiles?: { readonly module: string; readonly files: readonly string[] };
  /** Whether its build takes gigabytes of Go's build cache, which are removed with it. Default: no, they are kept as all that Go builds. */
  readonly isLarge?: boolean;
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
  // It is kept when the build is interrupted, which then goes on where it was.
  const buildCache = join(cache, "tools", `.go-${tool.name}`);
  try {
    const source = {
      title: tool.title,
      module: join(repoRoot, tool.module),
      package: tool.package,
      linkerFlags: ["-s -w", tool.linkerFlags ?? []].flat().join(" "),
      ...(tool.tags === undefined ? {} : { tags: tool.tags }),
      output: join(workspace, tool.name),
    };
    const env = tool.isLarge ? { ...process.env, GOCACHE: buildCache } : process.env;
    await goBuild(go, source, { env, tools: { go, python: undefined }, workspace, log, signal, tick });
    await takeFiles(tool, { go, cwd: source.module, workspace, log, signal });
    await rename(workspace, dirname(path));
    await rm(buildCache, { recursive: true, force: true });
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

/** Puts the files of its module beside a program that was just built, for which Go has fetched that module. */
async function takeFiles(
  { withFiles }: GoTool,
  {
    go,
    cwd,
    workspace,
    log,
    signal,
  }: { go: string; cwd: string; workspace: string; log: InstallLog; signal: AbortSignal },
): Promise<void> {
  if (withFiles === undefined) return;
  let folder = "";
  const onLine = (line: string) => {
    if (line.startsWith("/")) folder = line;
  };
  const command = [go, "list", "-m", "-f", "{{.Dir}}", withFiles.module] as const;
  await runStep(command, { cwd, env: goEnvironment(process.env), log, signal, onLine });
  for (const file of withFiles.files) {
    const target = join(workspace, basename(file));
    await copyFile(join(folder, file), target);
    // Go's own copy is read-only, and a read-only file would be in the way of a later removal on some systems.
    await chmod(target, 0o644);
  }
}

/** Names what a tool is made from: its pin files, its sources and the platform. Twelve hexadecimal digits. */
function hashOf(files: readonly string[]): string {
  const hash = createHash("sha256").update(`${process.platform}-${process.arch}`);
  for (const file of files) hash.update("\n").update(readFileSync(join(repoRoot, file)));
  return hash.digest("hex").slice(0, 12);
}
