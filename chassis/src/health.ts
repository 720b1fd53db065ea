import type { ServiceImpl } from "@connectrpc/connect";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Health } from "@envoy-mesh-lab/proto/grpc/health/v1/health_pb.ts";
import { HealthCheckResponse_ServingStatus as Status } from "@envoy-mesh-lab/proto/grpc/health/v1/health_pb.ts";
import { quote } from "./text.ts";

/** Whether the process takes calls. */
export interface Readiness {
  /** True from the start until the process begins to stop. */
  readonly ready: boolean;
  /** Aborted when the process begins to stop. */
  readonly stopping: AbortSignal;
}

/**
 * Answers the gRPC health protocol for the given services and, under the empty name, for the server.
 *
 * A watch ends when the server stops, after a last NOT_SERVING: it would hold up the stop otherwise.
 */
export function createHealth(
  services: ReadonlySet<string>,
  readiness: Readiness,
): ServiceImpl<typeof Health> {
  const known = (service: string): boolean => service === "" || services.has(service);
  const status = () => (readiness.ready ? Status.SERVING : Status.NOT_SERVING);
  return {
    check(request) {
      if (!known(request.service)) {
        throw new ConnectError(`this server has no service ${quote(request.service)}`, Code.NotFound);
      }
      return { status: status() };
    },
    async *watch(request, context) {
      if (!known(request.service)) {
        yield { status: Status.SERVICE_UNKNOWN };
      } else if (readiness.ready) {
        yield { status: Status.SERVING };
      }
      const signal = AbortSignal.any([context.signal, readiness.stopping]);
      await new Promise<void>((resolve) => {
        if (signal.aborted) {
          resolve();
        }
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
      if (known(request.service) && !context.signal.aborted) {
        yield { status: Status.NOT_SERVING };
      }
    },
  };
}
