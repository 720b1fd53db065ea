// Sends 10,000 spans a second for 30 s to `meshtrace listen`, and tells its memory: node bootstrap/run.mjs test/exporters/load.ts
import { parseArgs } from "node:util";
import { loadListen } from "./listen-load.ts";

const { values } = parseArgs({
  options: { rate: { type: "string", default: "10000" }, seconds: { type: "string", default: "30" } },
});
const { sent, told, peakListening, peak } = await loadListen(Number(values.rate), Number(values.seconds));
console.log(
  JSON.stringify({
    sent: sent.made,
    accepted: sent.accepted,
    refused: sent.refused,
    lateMs: Math.round(sent.lateMs),
    judged: told.spans,
    peakListeningMB: Math.round(peakListening),
    peakMB: Math.round(peak),
  }),
);
process.exitCode = told.code === 0 && told.spans === sent.made ? 0 : 1;
