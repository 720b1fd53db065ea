import { readFile } from "node:fs/promises";
import { request } from "node:http";
import { z } from "zod";
import type { PartAction } from "./control-protocol.ts";
import { controlFileSchema, convergeResultSchema } from "./control-protocol.ts";
import type { MeshFolder } from "./mesh-folder.ts";
import type { MeshState } from "./state.ts";
import { meshStateSchema } from "./state.ts";
import type { ConvergeRequest, ConvergeResult } from "./supervisor.ts";

/** The supervisor did not answer: it ended, or it hangs. */
export class ControlLostError extends Error {
  override readonly name = "ControlLostError";
}

/** The supervisor refused a command; the message says why. */
export class ControlRefusedError extends Error {
  override readonly name = "ControlRefusedError";
  /** HTTP status: 404 = no such part, 409 = it does not run. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const quickMs = 3_000;
/** Beyond what a health check may take. */
const lookMs = 40_000;
const errorSchema = z.object({ error: z.string() });

/** Sends commands to the supervisor of a mesh. */
export class ControlClient {
  readonly #port: number;
  readonly #token: string;

  // biome-ignore lint/style/useConsistentMemberAccessibility: only `open` makes one; `#` hides no constructor
  private constructor(port: number, token: string) {
    this.#port = port;
    this.#token = token;
  }

  /** The supervisor that wrote the mesh's control file; undefined when there is none. It may have ended since. */
  static async open(folder: MeshFolder): Promise<ControlClient | undefined> {
    try {
      const { port, token } = controlFileSchema.parse(JSON.parse(await readFile(folder.control, "utf8")));
      return new ControlClient(port, token);
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") {
        return undefined;
      }
      throw error;
    }
  }

  async status(): Promise<MeshState> {
    return meshStateSchema.parse(await this.#send("GET", "/status", undefined, quickMs));
  }

  /** The status after each part was asked anew whether it is ready. */
  async look(): Promise<MeshState> {
    try {
      return meshStateSchema.parse(await this.#send("POST", "/look", {}, lookMs));
    } catch (error) {
      // A supervisor that an older lab started knows no such command.
      if (error instanceof ControlRefusedError && error.status === 404) {
        return this.status();
      }
      throw error;
    }
  }

  async converge(plan: ConvergeRequest): Promise<ConvergeResult> {
    return convergeResultSchema.parse(await this.#send("POST", "/converge", plan));
  }

  async act(part: string, action: PartAction, signal?: NodeJS.Signals): Promise<void> {
    await this.#send("POST", `/parts/${encodeURIComponent(part)}/${action}`, { signal });
  }

  /** Stops all parts and then the supervisor; `timeout` in milliseconds. */
  async shutdown(timeout: number): Promise<void> {
    await this.#send("POST", "/shutdown", {}, timeout);
  }

  #send(method: string, path: string, body: unknown, timeout?: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const outgoing = request({
        host: "127.0.0.1",
        port: this.#port,
        method,
        path,
        agent: false,
        headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
        ...(timeout === undefined ? {} : { signal: AbortSignal.timeout(timeout) }),
      });
      const lost = (error: Error) =>
        reject(new ControlLostError(`The supervisor does not answer: ${error.message}`));
      outgoing.once("error", lost);
      outgoing.once("response", (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.once("error", lost);
        response.once("end", () => {
          const answer: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
          if (response.statusCode === 200) {
            resolve(answer);
            return;
          }
          const refusal = errorSchema.safeParse(answer);
          reject(
            new ControlRefusedError(
              response.statusCode ?? 0,
              refusal.data?.error ?? "The supervisor refused.",
            ),
          );
        });
      });
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}
