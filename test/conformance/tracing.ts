import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Interceptor } from "@connectrpc/connect";
import { createClientInterceptor, createServerInterceptor } from "@envoy-mesh-lab/otelconnect";
import { createClientInterceptor as createSmallInterceptor } from "@envoy-mesh-lab/otelconnect/web";
import { context, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from "@opentelemetry/core";
import { TracerProvider } from "@opentelemetry/sdk-trace";
import type { Side, SpanCounts, Tracing } from "./variables.ts";
import { spansVariable, tracingVariable } from "./variables.ts";

let started = 0;
let ended = 0;

/** How many spans have started and not ended yet. */
export function openSpans(): number {
  return started - ended;
}

/**
 * The interceptors to install: none for a bare run, or where they come from outside; else ours. But for a bare run, there
 * is an SDK that makes every span and counts it. The
 * counts are written when the process exits, and prove that the run was traced.
 */
export function interceptorsOf(side: Side): Interceptor[] {
  const folder = process.env[spansVariable];
  if (folder === undefined || folder === "") {
    return [];
  }
  const provider = new TracerProvider({
    spanProcessors: [
      {
        onStart: () => {
          started++;
        },
        onEnd: () => {
          ended++;
        },
        forceFlush: () => Promise.resolve(),
        shutdown: () => Promise.resolve(),
      },
    ],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(
    new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
  );
  trace.setGlobalTracerProvider(provider);
  process.on("exit", () => {
    const counts: SpanCounts = { started, ended };
    writeFileSync(join(folder, `${side}-${process.pid}.json`), JSON.stringify(counts));
  });
  const tracing = process.env[tracingVariable] as Tracing;
  if (tracing === "from outside") {
    return [];
  }
  if (tracing === "by the small one") {
    return [createSmallInterceptor()];
  }
  return [side === "client" ? createClientInterceptor() : createServerInterceptor()];
}
