import type { Toxic } from "@envoy-mesh-lab/incident";

/** What is done to the mesh. All times are in milliseconds. */
export type Injection =
  /** A signal as if from outside. */
  | { readonly signal: "SIGKILL" | "SIGTERM" }
  /** SIGSTOP, and SIGCONT after this time. */
  | { readonly pauseForMs: number }
  /** A bad network on a hop. */
  | { readonly toxic: Toxic; readonly forMs: number }
  /** The disk of the part has no room left. */
  | { readonly diskFullForMs: number }
  /** The wall clock of the part jumps an hour ahead, and back after this time. */
  | { readonly clockAheadForMs: number }
  /** The part gets no more memory than it has now. */
  | { readonly noMemoryForMs: number }
  /** The part is stopped, and started after this time. */
  | { readonly awayForMs: number }
  /** Calls come so many times as fast as the mesh can answer them. */
  | { readonly overload: number; readonly forMs: number };

/** What is promised of spans under a fault. */
export interface SpanPromise {
  /** The sentence of docs/reliability.md. */
  readonly says: string;
  /** Whose spans may be lost. Default: nobody's. */
  readonly of?: readonly string[];
  /**
   * Of which calls: those that were under way at the fault or ended at most so long before it, in milliseconds. Later and
   * earlier ones lose nothing.
   */
  readonly withinMs?: number;
  /** And of those only which began so long before the fault was taken away, in milliseconds. Default: until all is well again. */
  readonly untilMs?: number;
}

/** One row of the table: a part or a hop, what is done to it, and what is promised. */
export interface Fault {
  /** "gateway: kill -9" for example. */
  readonly name: string;
  /** The part, or the hop. */
  readonly at: string;
  readonly inject: Injection;
  /** The codes with which calls may fail that were under way during the fault. Default: none may fail. */
  readonly mayFailWith: readonly string[];
  readonly spans: SpanPromise;
  /** How often the part may be started again by its restart policy. */
  readonly restarts: { readonly min: number; readonly max: number };
  /** Whether processes keep the memory that they needed meanwhile; it is below their containers' limits still. Default: false. */
  readonly keepsMemory?: boolean;
  /** Whether `npm test -- faults` tries it; else only with `--all`, and in a soak. */
  readonly isInStage: boolean;
  /** Why it cannot be tried; undefined when it can. */
  readonly whyNot?: string;
}
