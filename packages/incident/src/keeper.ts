import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expectedHopsFile } from "@envoy-mesh-lab/bootstrap";
import { readExpected } from "@envoy-mesh-lab/check/node";
import type { AlertName } from "./alerts.ts";
import { alertsOf, slowAfter, windowAt } from "./alerts.ts";
import type { RelayPorts } from "./deploy.ts";
import type { Fault } from "./fault.ts";
import type { IncidentFolder } from "./folder.ts";
import { append, note } from "./ledger.ts";
import { guests } from "./load.ts";
import type { LinkName } from "./parts.ts";
import { links, machines } from "./parts.ts";
import type { CallRecord, LedgerRecord } from "./record.ts";
import { Relay } from "./relay.ts";
import { TraceWatch } from "./watch.ts";

/** How often the pager looks, and how much it remembers, in milliseconds. */
const pagerMs = 1_000;
const rememberedMs = 30_000;

/** Where an incident's load goes, and where its traces are looked up. */
export interface Urls {
  readonly edge: string;
  readonly tempo: string;
}

/** Keeps what an incident needs beside the mesh: the network between the parts, their machines' clocks, the load and the pager. */
export class Keeper {
  readonly #folder: IncidentFolder;
  readonly #relays = new Map<LinkName, Relay>();
  #isFaulty = false;
  #faultAt = 0;
  #healthy: CallRecord[] = [];
  #recent: LedgerRecord[] = [];
  #ringing = new Set<AlertName>();

  // biome-ignore lint/style/useConsistentMemberAccessibility: only `open` makes one; `#` hides no constructor
  private constructor(folder: IncidentFolder) {
    this.#folder = folder;
  }

  /**
   * Opens the relays of all links.
   *
   * @param shift how far the mesh's ports are moved.
   */
  static async open(folder: IncidentFolder, ports: RelayPorts, shift: number): Promise<Keeper> {
    const keeper = new Keeper(folder);
    try {
      for (const [name, { port }] of Object.entries(links) as [LinkName, { port: number }][]) {
        keeper.#relays.set(name, await Relay.open(ports[name], port + shift));
      }
      keeper.surround([]);
      return keeper;
    } catch (error) {
      keeper.close();
      throw error;
    }
  }

  /** Has the network and the clocks be as these faults have them, and everything else well. */
  surround(faults: readonly Fault[]): void {
    for (const [name, relay] of this.#relays) {
      const bad = faults.find(({ change }) => "link" in change && change.link === name)?.change;
      relay.set(bad && "link" in bad ? bad.toxic : undefined);
    }
    mkdirSync(this.#folder.machines, { recursive: true });
    for (const name of machines) {
      const bad = faults.find(({ change }) => "machine" in change && change.machine === name)?.change;
      writeFileSync(join(this.#folder.machines, name), `${bad && "machine" in bad ? bad.aheadMs : 0}\n`);
    }
  }

  /** From here on calls count as those of an incident, and the pager is on. */
  begin(at: number): void {
    this.#isFaulty = true;
    this.#faultAt = at;
  }

  /** Makes the load, looks up its traces and watches the symptoms, until the signal; all of it goes into the ledger. */
  async run({ edge, tempo }: Urls, signal: AbortSignal): Promise<void> {
    const watch = new TraceWatch(tempo, readExpected(expectedHopsFile), (it) => this.#record(it));
    const pager = setInterval(() => this.#ring(), pagerMs);
    try {
      await Promise.all([
        guests(edge, signal, (call) => {
          this.#record(call);
          watch.add(call);
        }),
        watch.run(signal),
      ]);
    } finally {
      clearInterval(pager);
    }
  }

  /** Breaks what goes over the relays. */
  close(): void {
    for (const relay of this.#relays.values()) relay.close();
  }

  #record(it: LedgerRecord): void {
    append(this.#folder.ledger, it);
    if (!this.#isFaulty && it.is === "call") this.#healthy.push(it);
    this.#recent.push(it);
  }

  #ring(): void {
    const now = Date.now();
    this.#recent = this.#recent.filter(({ at }) => at > now - rememberedMs);
    if (!this.#isFaulty) return;
    const alerts = alertsOf(windowAt(this.#recent, now, this.#faultAt), slowAfter(this.#healthy));
    for (const { name, text } of alerts) {
      if (!this.#ringing.has(name)) note(this.#folder.ledger, "alert", text, now);
    }
    for (const name of this.#ringing) {
      if (!alerts.some((it) => it.name === name)) note(this.#folder.ledger, "quiet", name, now);
    }
    this.#ringing = new Set(alerts.map(({ name }) => name));
  }
}
