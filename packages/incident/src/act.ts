import { join, relative } from "node:path";
import { withLock } from "@envoy-mesh-lab/bootstrap";
import { compileFiles } from "@envoy-mesh-lab/exercise";
import type { UpOptions, UpResult } from "@envoy-mesh-lab/mesh";
import { ExitCode, LabError, suggest } from "@envoy-mesh-lab/trace";
import { findCause } from "./causes.ts";
import type { RelayPorts } from "./deploy.ts";
import { deploy } from "./deploy.ts";
import type { IncidentFolder } from "./folder.ts";
import { lockFile } from "./folder.ts";
import { note } from "./ledger.ts";
import { findPlace, links, machines } from "./parts.ts";
import { releaseFiles } from "./release.ts";
import { faultsOf } from "./standing.ts";
import type { Incident, IncidentState } from "./state.ts";
import { requireIncident, writeState } from "./state.ts";

/** An incident that has begun, while nobody else changes it. */
function change<T>(what: string, work: (incident: Incident) => Promise<T>): Promise<T> {
  return withLock(lockFile(), `lab incident ${what}`, async () => {
    const incident = requireIncident();
    if (incident.state.phase !== "faulty") {
      throw new LabError(
        incident.state.phase === "ending"
          ? "the incident is being ended"
          : "the incident is still being started",
        { exitCode: ExitCode.notRunning, hint: "`lab incident status` shows how far it is" },
      );
    }
    return work(incident);
  });
}

/**
 * Brings the mesh to what the learner's files say.
 *
 * @throws {LabError} (exit code `configRejected`) when a program rejects a file, with the mesh as it was.
 */
export function applyRelease(options: Pick<UpOptions, "signal" | "onProgress">): Promise<UpResult> {
  return change("apply", async ({ folder, state }) => {
    await compileFiles(releaseFiles.filter((it) => it.endsWith(".ts")).map((it) => join(folder.root, it)));
    const result = await deploy(folder, state, state.relayPorts as RelayPorts, options).catch(
      (error: unknown) => {
        throw error instanceof LabError ? ofTheirs(error, folder) : error;
      },
    );
    const changed = [...result.restarted, ...result.started];
    if (changed.length > 0)
      note(folder.ledger, "apply", `you applied your files: ${changed.join(", ")} restarted`);
    return result;
  });
}

/** An error about the deployed copy of a file, told of the file that the learner has: lines are the same in both. */
function ofTheirs(
  { message, hint, exitCode, cause }: LabError,
  { root, deployed }: IncidentFolder,
): LabError {
  const inFolder = (text: string) => text.replaceAll(`${relative(root, deployed)}/`, "");
  return new LabError(inFolder(message), { exitCode, hint: inFolder(hint), cause });
}

/** What can be replaced. */
export const replaceable: readonly string[] = [...Object.keys(links), ...machines];

/**
 * Replaces a link, or the machine of a part, by a good one.
 *
 * @returns its name.
 * @throws {LabError} (exit code `usage`) when that is nothing that can be replaced.
 */
export function replace(wanted: string): Promise<string> {
  return change("replace", async ({ folder, state }) => {
    const name = findPlace(wanted);
    if (!replaceable.includes(name)) {
      throw new LabError(`${name} is not replaced: what it does is said in its files`, {
        exitCode: ExitCode.usage,
        hint: `${suggest(wanted, replaceable)}links and machines can be replaced: ${replaceable.join(", ")}`,
      });
    }
    writeState(folder, { ...state, replaced: [...new Set([...state.replaced, name])] });
    note(folder.ledger, "replace", `you replaced ${machineOrLink(name)}`);
    return machineOrLink(name);
  });
}

function machineOrLink(name: string): string {
  return name in links ? `the link ${name}` : `the machine of ${name}`;
}

/** What came of a diagnosis. */
export interface Verdict {
  /** "half": something is wrong with that part, and it is something else. */
  readonly verdict: IncidentState["diagnoses"][number]["verdict"];
  readonly place: string;
  readonly cause: string;
  /** Faults that were found, of all. */
  readonly found: number;
  readonly of: number;
  /** Whether it was said before, and so counted then. */
  readonly isRepeated: boolean;
  readonly afterMs: number;
}

/**
 * Says what is wrong, and is told whether it is.
 *
 * @throws {LabError} (exit code `usage`) for a word that is no part or cause; it does not count.
 */
export function diagnose(part: string, what: string): Promise<Verdict> {
  const place = findPlace(part);
  const cause = findCause(what);
  return change("diagnose", async ({ folder, state }) => {
    const faults = faultsOf(state);
    const isRight = faults.some((it) => it.place === place && it.cause === cause);
    const verdict = isRight ? "right" : faults.some((it) => it.place === place) ? "half" : "wrong";
    const at = Date.now();
    const isRepeated = state.diagnoses.some((it) => it.place === place && it.cause === cause);
    const diagnoses = isRepeated
      ? state.diagnoses
      : [...state.diagnoses, { at, place, cause, verdict } as const];
    if (!isRepeated) {
      writeState(folder, { ...state, diagnoses });
      note(
        folder.ledger,
        "diagnosis",
        `you said: ${place} ${cause}, which is ${verdict === "half" ? "half right" : verdict}`,
        at,
      );
    }
    const found = diagnoses.filter((it) => it.verdict === "right").length;
    return {
      verdict,
      place,
      cause,
      found,
      of: faults.length,
      isRepeated,
      afterMs: at - (state.faultAt ?? at),
    };
  });
}
