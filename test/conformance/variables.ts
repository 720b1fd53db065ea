/** What the suite's caller tells the programs under test, through the suite, which hands its environment on. */

/** Environment variable with the path of the compiled contracts, a binary FileDescriptorSet. */
export const descriptorsVariable = "CONFORMANCE_DESCRIPTORS";

/** Environment variable with the folder for span counts. Empty: run bare, without an SDK. */
export const spansVariable = "CONFORMANCE_SPANS";

/** Environment variable with how the program is traced. */
export const tracingVariable = "CONFORMANCE_TRACING";

/**
 * How a program is traced: not at all, by interceptors in its code, by the zero-code entry of otelconnect, or, a client, by the
 * interceptor of its small entry.
 */
export type Tracing = "bare" | "by code" | "from outside" | "by the small one";

/** Which of the two programs is under test. */
export type Side = "client" | "server";

/** The spans that a program made. */
export interface SpanCounts {
  readonly started: number;
  readonly ended: number;
}
