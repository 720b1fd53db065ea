import type { Context } from "@opentelemetry/api";
import type { CallRecord } from "./call-record.ts";
import type { Request, Response } from "./options.ts";
import type { RequestDescription } from "./request.ts";

/** What options are told of a call: how it began, and what has become of it so far. */
export interface CallView {
  /** The context in which the span is active. */
  readonly context: Context;
  readonly request: Request;
  readonly description: RequestDescription;
  readonly record: CallRecord;
  readonly response: Response | undefined;
}
