import type { Direction } from "./proxy-place.ts";

/** Who made a span: an application, or a proxy on the way. */
export type Role = "app" | "proxy";

/** What is known of who made a span, and from what. */
export interface Origin {
  role: Role;
  /** Which proxy: "envoy" for example. Absent for applications, and where only a rule of the user's says so. */
  proxy?: string;
  /** Absent for applications, and where nothing tells. */
  direction?: Direction;
  /** The workload that a proxy works for, or the application itself; absent where nothing tells. */
  workload?: string;
  /** What tells so, in words: the attributes, scope or resource that were seen. */
  evidence: string[];
}
