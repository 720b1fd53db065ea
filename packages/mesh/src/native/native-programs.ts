import type { ComposeProject } from "../compose/schema.ts";
import { ensureIstio, istioPrograms } from "../istio/programs.ts";
import type { ProgramName, ProgramProgress } from "../programs/index.ts";
import { ensurePrograms, locatePrograms, pinned } from "../programs/index.ts";
import { programOf } from "./part-planner.ts";

/** A program that a part runs. */
export interface NativeProgram {
  readonly path: string;
  readonly version: string;
}

/** What finding or installing programs depends on. */
export interface ProgramOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: (progress: ProgramProgress) => void;
}

const all = Object.keys(pinned) as ProgramName[];

function isPinned(name: string): name is ProgramName {
  return Object.hasOwn(pinned, name);
}

async function ensure<N extends ProgramName>(names: readonly N[], options: ProgramOptions) {
  const { env, signal, onProgress } = options;
  return ensurePrograms(names, { env, onProgress, ...(signal ? { signal } : {}) });
}

/** The program that reads compose files. */
export async function composeProgram(options: ProgramOptions): Promise<string> {
  const { "compose-model": found } = await locatePrograms(["compose-model"], { env: options.env });
  // Without it this is a fresh machine, where everything is missing: install (and report missing tools) in one go.
  return found?.path ?? (await ensure(all, options))["compose-model"].path;
}

/** The programs that the services of a project run, by name. Unknown names are left out; the plan reports them. */
export async function projectPrograms(
  project: ComposeProject,
  options: ProgramOptions,
): Promise<Record<string, NativeProgram>> {
  const services = Object.values(project.services);
  const used = services.flatMap(({ "x-native": native }) => Object.values(native?.uses ?? {}));
  const names = new Set([...services.map(programOf), ...used]);
  const installed: Record<string, NativeProgram> = await ensure([...names].filter(isPinned), options);
  const istio = istioPrograms.some((name) => names.has(name)) ? await ensureIstio(options) : {};
  // Node is what runs this.
  return { ...installed, ...istio, node: { path: process.execPath, version: process.versions.node } };
}
