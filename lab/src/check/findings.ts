/** What can be wrong with a trace. The codes are stable: scripts may rely on them. */
export type FindingCode =
  | "trace.no-root"
  | "trace.several-roots"
  | "span.missing-parent"
  | "span.unexpected"
  | "hop.missing"
  | "hop.sibling"
  | "hop.cut-off"
  | "hop.wrong-parent"
  | "context.lost";

/** One thing that is wrong, in words that name the edge, what was seen there, and what to do. */
export type Finding = {
  code: FindingCode;
  /** Between which two hops: "gateway CLIENT > gateway-proxy outbound SERVER". */
  edge: string;
  /** What was seen instead of what was expected. */
  evidence: string;
  /** What usually causes this. */
  cause: string;
  /** What to change. */
  remedy: string;
  /** The spans that show it. */
  spanIds: string[];
};
