/** A place that the corpus is sent to. */
export interface Target {
  readonly part: string;
  readonly port: number;
  /** A unary call there, and one that streams its answer. */
  readonly unary: string;
  readonly stream: string;
}

/**
 * What came of a case: the HTTP status; `grpc` and the number of its status, of gRPC-Web too; `connect` and what the end of a
 * Connect stream says; over raw HTTP/2 `reset` or `goaway` and the
 * number of the error code, or `answered`; `closed` for a connection that was closed without a word; `open` for one that is
 * kept, in silence.
 */
export type Outcome =
  | `${number}`
  | `grpc ${number}`
  | `connect ${string}`
  | `reset ${number}`
  | `goaway ${number}`
  | "answered"
  | "closed"
  | "open";

/** A hostile request. */
export interface HostileCase {
  readonly what: string;
  /** The specification that it breaks, or that says what to do with it. */
  readonly source: string;
  readonly send: Sending;
  /** What may come of it, at any target. */
  readonly expect: readonly Outcome[];
}

/** How a case is sent: as bytes on a socket, as frames of HTTP/2 after its preface, or as a well formed request. */
export type Sending =
  | { readonly as: "bytes"; readonly bytes: (target: Target) => string | Buffer }
  | { readonly as: "frames"; readonly frames: (target: Target) => Buffer }
  | {
      readonly as: "request";
      readonly path?: (target: Target) => string;
      readonly method?: string;
      readonly headers: Readonly<Record<string, string | string[]>>;
      readonly body: string | Buffer;
    };

/** Cases of one kind. */
export interface Family {
  readonly name: string;
  readonly cases: readonly HostileCase[];
}
