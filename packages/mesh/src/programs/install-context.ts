import type { InstallLog } from "./step.ts";
import type { Tools } from "./tools.ts";

/** What an installation works with. */
export interface InstallContext {
  readonly env: NodeJS.ProcessEnv;
  readonly tools: Tools;
  /** An empty folder on the cache's disk, removed afterwards whatever happens. */
  readonly workspace: string;
  readonly log: InstallLog;
  readonly signal: AbortSignal;
  /** Says what is going on right now. */
  readonly tick: (text: string) => void;
}
