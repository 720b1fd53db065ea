import type { DescMethod } from "@bufbuild/protobuf";
import { CafeService } from "@envoy-mesh-lab/proto/cafe/v1/cafe_pb.ts";
import { ExitCode, LabError, suggest } from "@envoy-mesh-lab/trace";

/** The four kinds of RPC, in the words of the command line. */
export const kinds = ["unary", "server", "client", "bidi"] as const;
export type Kind = (typeof kinds)[number];

/** The RPC that stands for each kind when none is named. */
const byKind = {
  unary: CafeService.method.orderDrink,
  server: CafeService.method.watchOrder,
  client: CafeService.method.orderRound,
  bidi: CafeService.method.serveTable,
} satisfies Record<Kind, DescMethod>;

const kindOfMethod = {
  unary: "unary",
  server_streaming: "server",
  client_streaming: "client",
  bidi_streaming: "bidi",
} as const satisfies Record<DescMethod["methodKind"], Kind>;

/** The names of the RPCs that the gateway offers. */
export function rpcNames(): string[] {
  return CafeService.methods.map((it) => it.name);
}

/** An RPC and its kind. */
export interface Rpc {
  method: DescMethod;
  kind: Kind;
}

/** The RPC that a descriptor describes, whosever contract it is of. */
export function rpcOf(method: DescMethod): Rpc {
  return { method, kind: kindOfMethod[method.methodKind] };
}

/**
 * Finds the RPC that the user means: by name ("OrderDrink"), by full name ("cafe.v1.CafeService/OrderDrink"), by
 * kind, or OrderDrink when nothing is said.
 *
 * @throws {LabError} (exit code `usage`) for an unknown RPC, or one that is not of the kind that was asked for.
 */
export function findRpc(name: string | undefined, kind: Kind | undefined): Rpc {
  if (name === undefined) {
    const chosen = kind ?? "unary";
    return { method: byKind[chosen], kind: chosen };
  }
  const method = CafeService.methods.find(
    (it) => it.name === name || `${it.parent.typeName}/${it.name}` === name,
  );
  if (method === undefined) {
    throw new LabError(`no RPC "${name}" in ${CafeService.typeName}`, {
      exitCode: ExitCode.usage,
      hint: `${suggest(name.split("/").at(-1) ?? "", rpcNames())}the gateway offers ${CafeService.methods.map((it) => `${it.name} (${kindOfMethod[it.methodKind]})`).join(", ")}`,
    });
  }
  const actual = kindOfMethod[method.methodKind];
  if (kind !== undefined && kind !== actual) {
    throw new LabError(`${method.name} is of kind ${actual}, not ${kind}`, {
      exitCode: ExitCode.usage,
      hint: `leave --kind out, or call ${byKind[kind].name}`,
    });
  }
  return { method, kind: actual };
}
