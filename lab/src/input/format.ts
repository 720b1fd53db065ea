/** The formats that are read, as `--format` names them. */
export const formats = {
  otlp: "OTLP JSON: one document or one a line (the Collector's file exporter), also Tempo's answers",
} as const satisfies Record<string, string>;

/** A format of trace data. */
export type Format = keyof typeof formats;

/** What is expected of an input, for error messages. */
export const expectedForms =
  "expected OTLP JSON (the Collector's file exporter, Tempo's answer to a trace id), as it is or compressed with gzip";
