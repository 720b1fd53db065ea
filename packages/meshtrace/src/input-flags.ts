import type { Format, ProxyRule } from "@envoy-mesh-lab/trace";
import type { Headers } from "./header-option.ts";

/** Where traces come from, as the command line says it. */
export interface InputFlags {
  /** Files, folders, or "-" for standard input. */
  readonly from?: readonly string[];
  readonly format?: Format;
  /** Go on reading what is added: until Ctrl-C when true, or for so many milliseconds. */
  readonly follow?: true | number;
  /** A TraceQL query for Tempo. */
  readonly query?: string;
  /** Milliseconds before now. */
  readonly since?: number;
  /** Milliseconds since 1970. */
  readonly start?: number;
  /** Milliseconds since 1970. */
  readonly end?: number;
  readonly limit?: number;
  /** The user's own rules for which spans are a proxy's; hand them to `attribute`. */
  readonly proxy?: readonly ProxyRule[];
  readonly tempo?: string;
  readonly jaeger?: string;
  readonly zipkin?: string;
  /** Whose traces Jaeger or Zipkin is searched for. */
  readonly service?: string;
  readonly header?: Headers;
}
