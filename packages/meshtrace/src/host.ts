import type { Expected } from "@envoy-mesh-lab/check";
import type { Trace } from "@envoy-mesh-lab/trace";
import type { HttpStore } from "@envoy-mesh-lab/trace/node";
import type { Command } from "commander";
import type { InputFlags } from "./input-flags.ts";

/** When searched traces began, in milliseconds since 1970, and how many are wanted at most. */
export interface SearchWindow {
  readonly startMs: number;
  readonly endMs: number;
  readonly limit: number;
}

/** The program that has the commands, and what it knows of the world: `lab` knows a mesh, `meshtrace` what it is told. */
export interface Host {
  /** Its name, as the user types it. */
  readonly name: string;
  /** Whose trace "last" is, in words: "the mesh". */
  readonly home: string;
  /** Whether there is a trace to read when none is named. */
  readonly hasOwnTraces: boolean;
  /** The folder that the user's paths start from. */
  readonly folder: () => string;
  /** Adds the options that say which Tempo is asked. */
  readonly addStoreOptions: (command: Command) => Command;
  /** The Tempo that is asked. @throws {LabError} where none is known. */
  readonly tempo: (flags: InputFlags) => Promise<HttpStore>;
  /** The traces that are searched for in another store than Tempo; undefined where none is named. */
  readonly searchOther?: (flags: InputFlags, window: SearchWindow) => Promise<Trace[]> | undefined;
  /**
   * A trace of Tempo's, waited for a while.
   *
   * @param id 32 hex digits, or "last".
   * @param expected ends the waiting as soon as the trace is so.
   * @throws {LabError} (exit code `traceMissing`) when it does not arrive.
   */
  readonly trace: (id: string, flags: InputFlags, expected: Expected | undefined) => Promise<Trace>;
  /** What the traces that are asked for by id have to be like when nothing else is said; undefined: nothing is known. */
  readonly expected: (flags: InputFlags) => Promise<Expected | undefined>;
  /** Says where a trace of Tempo's can be looked at; undefined when that is not known. */
  readonly links: (flags: InputFlags) => Promise<((traceId: string) => string) | undefined>;
}
