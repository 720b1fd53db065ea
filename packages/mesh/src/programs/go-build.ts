import type { InstallContext } from "./install-context.ts";
import { runStep } from "./step.ts";

/** One `go build`. */
export interface GoBuild {
  /** What is built, for the progress lines. */
  readonly title: string;
  /** Folder of the go.mod file. */
  readonly module: string;
  readonly package: string;
  readonly linkerFlags: string;
  /** Build tags, separated by commas. Default: none. */
  readonly tags?: string;
  /** Path of the binary. */
  readonly output: string;
}

/** The packages that are not in Go's build cache yet. */
const staleTemplate = "{{if .Stale}}{{.ImportPath}}{{end}}";

/**
 * Builds a Go program from the committed go.mod and go.sum, and reports packages compiled out of packages to compile.
 *
 * go.sum holds the hash of every module, and `-mod=readonly` forbids to add to it, so nothing unpinned gets in.
 * An interrupted build goes on where it was: what is compiled stays in Go's build cache.
 */
export async function goBuild(go: string, build: GoBuild, context: InstallContext): Promise<void> {
  const options = {
    cwd: build.module,
    env: goEnvironment(context.env),
    log: context.log,
    signal: context.signal,
  };
  const stale = new Set<string>();
  let downloads = 0;
  const tags = build.tags === undefined ? [] : [`-tags=${build.tags}`];
  context.tick(`${build.title}: looking which packages to compile`);
  await runStep([go, "list", ...tags, "-deps", "-f", staleTemplate, build.package], {
    ...options,
    onLine: (line) => {
      if (line.startsWith("go: downloading ")) {
        downloads += 1;
        context.tick(`${build.title}: downloading Go modules, ${downloads} so far`);
      } else if (isPackage(line)) {
        stale.add(line);
      }
    },
  });
  let compiled = 0;
  const report = (): void => {
    // The last one is the main package itself, which is compiled in a moment and then linked for long.
    const text = compiled < stale.size - 1 ? `${compiled} of ${stale.size} packages compiled` : "linking";
    context.tick(`${build.title}: ${text}`);
  };
  report();
  const flags = [...tags, "-v", `-ldflags=${build.linkerFlags}`, "-o", build.output];
  await runStep([go, "build", ...flags, build.package], {
    ...options,
    onLine: (line) => {
      if (!stale.has(line)) return;
      compiled += 1;
      report();
    },
  });
}

function isPackage(line: string): boolean {
  return /^[^\s:#]+$/.test(line);
}

/**
 * The environment of the go command. The user's proxy, cache and toolchain settings stay; what would change the
 * result is set: flags of the user's own, a workspace file, another target, and cgo, which would need a C compiler.
 */
export function goEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    ...env,
    GO111MODULE: "on",
    GOFLAGS: "-mod=readonly -trimpath -buildvcs=false",
    GOWORK: "off",
    GOOS: process.platform,
    GOARCH: process.arch === "x64" ? "amd64" : process.arch,
    CGO_ENABLED: "0",
  };
}
