/** Codes of gRPC that are answered here (google.rpc.Code). */
export const grpcCode = { ok: 0, invalidArgument: 3, resourceExhausted: 8, unimplemented: 12 } as const;

/** A request that is not taken, with what HTTP and gRPC call the reason. */
export class Refusal extends Error {
  readonly http: number;
  readonly grpc: number;

  constructor(http: number, grpc: number, message: string) {
    super(message);
    this.name = "Refusal";
    this.http = http;
    this.grpc = grpc;
  }
}
