import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** For tests: a folder with a PATH of scripts and an empty cache, so that no test needs the real tools or a network. */
export class FakeMachine {
  readonly root = mkdtempSync(join(tmpdir(), "lab-programs-"));
  readonly cache = join(this.root, "cache");
  readonly #path: string[] = [];

  /** Adds a program to a folder of the PATH; a folder that is named first comes first. */
  program(folder: string, name: string, script: string): string {
    const dir = join(this.root, folder);
    mkdirSync(dir, { recursive: true });
    if (!this.#path.includes(dir)) this.#path.push(dir);
    const file = join(dir, name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    return file;
  }

  /**
   * A Go that "builds" a compose-model. It writes its pid to `pid` and each build to `builds`; `build` is shell that
   * runs in the middle of a build, when half of the binary is written.
   */
  go({ version = "1.26.8", toolchain = "auto", build = "" } = {}): string {
    return this.program(
      "tools",
      "go",
      `case "$1" in
        version) echo "go version go${version} linux/amd64" ;;
        env) echo "${toolchain}" ;;
        list) echo "go: downloading example.com/a v1.0.0" >&2; echo example.com/a; echo example.com/main ;;
        build)
          while [ "$1" != -o ]; do shift; done
          out=$2
          echo $$ > "${this.root}/pid"
          echo build >> "${this.root}/builds"
          echo example.com/a >&2
          printf '#!/bin/sh\\n' > "$out"
          ${build}
          echo example.com/main >&2
          echo 'echo "  -project-name string"' >> "$out"
          /bin/chmod 755 "$out" ;;
      esac`,
    );
  }

  get env(): NodeJS.ProcessEnv {
    return { PATH: this.#path.join(":"), ENVOY_MESH_LAB_CACHE: this.cache };
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
