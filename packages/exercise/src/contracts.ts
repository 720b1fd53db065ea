import { execFile } from "node:child_process";
import { join, relative } from "node:path";
import type { FileRegistry, JsonObject } from "@bufbuild/protobuf";
import { createFileRegistry, fromBinary, fromJson } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import type { CallRequest } from "@envoy-mesh-lab/load";
import { rpcOf } from "@envoy-mesh-lab/load";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";

/** Contracts do not have a call that is to be made. */
export class UnlikeContract extends LabError {}

/** Room for the descriptors of all contracts, in bytes. */
const maxBuffer = 64 * 1024 * 1024;

/**
 * Compiles the contracts among a learner's files, where a buf.yaml says which these are.
 *
 * @throws {LabError} (exit code `configRejected`) in buf's own words.
 */
export async function readContracts(folder: string): Promise<FileRegistry> {
  const args = ["build", relative(repoRoot, folder) || ".", "-o", "-#format=binpb"];
  const set = await new Promise<Buffer>((resolve, reject) => {
    const options = { cwd: repoRoot, encoding: "buffer" as const, maxBuffer };
    execFile(join(repoRoot, "node_modules", ".bin", "buf"), args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if (typeof error.code !== "number") reject(error);
      else {
        const words = `buf rejects your contracts:\n${stderr.toString().trim()}`;
        const hint = "Nothing was started or changed. Correct it, then save or check again.";
        reject(new LabError(words, { exitCode: ExitCode.configRejected, hint }));
      }
    });
  });
  return createFileRegistry(fromBinary(FileDescriptorSetSchema, set));
}

/**
 * Makes a call of an RPC that only the learner's contracts have.
 *
 * @param name the RPC's full name: "cafe.v1.CafeService/OrderDrink".
 * @throws {UnlikeContract} (exit code `usage`) when they do not have it, or its request has other fields.
 */
export function callOf(
  contracts: FileRegistry,
  name: string,
  request: JsonObject,
): Required<Pick<CallRequest, "rpc" | "message">> {
  const [service = "", rpc] = name.split("/");
  const methods = contracts.getService(service)?.methods ?? [];
  const method = methods.find((it) => it.name === rpc);
  if (method === undefined) {
    const known = methods.map((it) => it.name).join(", ");
    const has = methods.length === 0 ? `there is no service ${service}` : `${service} has ${known}`;
    throw unlike(`no RPC ${name}: ${has}`);
  }
  try {
    return { rpc: rpcOf(method), message: fromJson(method.input, request) };
  } catch (error) {
    throw unlike(`${name} does not take ${JSON.stringify(request)}: ${(error as Error).message}`);
  }
}

function unlike(message: string): UnlikeContract {
  const hint = "the README.md of the exercise says which RPC to add, and with which fields";
  return new UnlikeContract(message, { exitCode: ExitCode.usage, hint });
}
