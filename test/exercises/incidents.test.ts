import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import type { Alert, Fault, LedgerRecord, RelayPorts } from "@envoy-mesh-lab/incident";
import {
  alertsOf,
  deploy,
  faults,
  folderOf,
  isOver,
  Keeper,
  nameOf,
  readLedger,
  release,
  slowAfter,
  windowAt,
  writeRelease,
} from "@envoy-mesh-lab/incident";
import { readMesh } from "@envoy-mesh-lab/mesh";
import { useOwnMesh } from "./own-mesh.ts";

useOwnMesh(8);

/**
 * Which faults are put in together: of different parts, each with its own symptom, and none that hides what shows another. Each round is the repair
 * of the one before, whose faults nothing in it looks like.
 */
const rounds = [
  ["gateway slow-code", "edge rate-limit"],
  ["gateway context-not-sent", "backend fails-on-input"],
  ["edge sampling"],
  ["gateway-proxy timeout-too-short", "otel-collector drops-spans", "backend clock-wrong"],
  ["backend context-not-read", "gateway-proxy leaks-data", "gateway-proxy-to-backend-proxy link-slow"],
  ["gateway-proxy retries", "backend-proxy wrong-route", "gateway clock-wrong"],
  ["gateway timeout-too-short", "otel-collector sampling"],
].map((names) => names.map((name) => faults.find((it) => nameOf(it) === name) as Fault));

/** How long symptoms may take to show, and to be gone, in milliseconds. */
const patience = 120_000;
const pollMs = 250;
/** How long a machine's clock may take to be another, in milliseconds: it is read every half second. */
const clockMs = 1_000;

const folder = folderOf(join(repoRoot, "workspace", ".test-incidents"));
const ports: RelayPorts = {
  "edge-to-gateway-proxy": 28_201,
  "gateway-proxy-to-backend-proxy": 28_202,
  "backend-to-otel-collector": 28_203,
};
const stopped = new AbortController();
let keeper: Keeper;
let running: Promise<void>;
let since = 0;
let healthy: LedgerRecord[] = [];

before(async () => {
  rmSync(folder.root, { recursive: true, force: true });
  keeper = await Keeper.open(folder, ports, Number(process.env.LAB_PORT_SHIFT));
  await put([]);
  const { urls } = await readMesh();
  running = keeper.run({ edge: urls.edge, tempo: urls.tempo }, stopped.signal);
});
after(async () => {
  stopped.abort();
  await running;
  keeper?.close();
  rmSync(folder.root, { recursive: true, force: true });
});

/** Brings the mesh to a release with these faults and no others. */
async function put(wrong: readonly Fault[]): Promise<void> {
  const edits = wrong.flatMap(({ change }) => ("edits" in change ? change.edits : []));
  writeRelease(folder.root, release(edits));
  const { COMPOSE_PROJECT_NAME: project = "" } = process.env;
  await deploy(folder, { project, env: {} }, ports);
  keeper.surround(wrong);
  since = Date.now() + clockMs;
}

/** Waits until the ledger, from here on, is as it should be. */
async function until<T>(look: (records: LedgerRecord[]) => T | undefined, what: () => string): Promise<T> {
  for (const deadline = Date.now() + patience; ; await delay(pollMs)) {
    const found = look(readLedger(folder.ledger));
    if (found !== undefined) return found;
    assert.ok(Date.now() < deadline, what());
  }
}

const slowMs = () => slowAfter(healthy.filter((it) => it.is === "call"));
const alertsNow = (records: LedgerRecord[]): Alert[] =>
  alertsOf(windowAt(records, Date.now(), since), slowMs());
/** Whether a record is of a call since the faults are as they are. */
const isFresh = (it: LedgerRecord) => (it.is === "trace" ? it.callAt : it.at) >= since;
const shows = (fault: Fault) => (it: LedgerRecord) => it.is !== "event" && isFresh(it) && fault.shownBy(it);

/** Nothing since the last change looks like these faults; but a busy machine may hold up some calls as a slow part does all. */
function assertGone(repaired: readonly Fault[]): void {
  const fresh = readLedger(folder.ledger).filter(isFresh);
  for (const fault of repaired) {
    const alike = fresh.filter(shows(fault));
    const most = fault.alert === "slow" ? fresh.filter(({ is }) => is === "trace").length / 2 : 0;
    assert.ok(alike.length <= most, `${nameOf(fault)}: ${JSON.stringify(alike[0])}`);
  }
}

suite("the faults of incidents", () => {
  test("a mesh without one is well, and nothing of it looks like one", async () => {
    await until(
      (records) => isOver(windowAt(records, Date.now(), since), Number.POSITIVE_INFINITY) || undefined,
      () => "not well",
    );
    healthy = readLedger(folder.ledger).filter(isFresh);
    assertGone(faults);
  });

  test("each of them is tried", () => {
    assert.deepEqual(rounds.flat().map(nameOf).sort(), faults.map(nameOf).sort());
  });

  for (const [i, wrong] of rounds.entries()) {
    test(`${wrong.map(nameOf).join(", ")}: seen by their symptoms`, async () => {
      await put(wrong);
      const rung = new Set<string>();
      const unseen = (records: LedgerRecord[]) => {
        for (const { name } of alertsNow(records)) rung.add(name);
        return wrong.filter((it) => !records.some(shows(it)) || !rung.has(it.alert));
      };
      await until(
        (records) => unseen(records).length === 0 || undefined,
        () =>
          `not seen: ${unseen(readLedger(folder.ledger)).map((it) => `${nameOf(it)} (${it.alert})`)}; rung: ${[...rung]}`,
      );
      assertGone(rounds[i - 1] ?? []);
    });
  }

  test("the last is repaired too, and all is well", async () => {
    await put([]);
    await until(
      (records) => isOver(windowAt(records, Date.now(), since), slowMs()) || undefined,
      () => `still ringing: ${alertsNow(readLedger(folder.ledger)).map(({ text }) => text)}`,
    );
    assertGone(rounds.flat());
  });
});
