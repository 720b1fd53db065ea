import { readFileSync, writeFileSync } from "node:fs";
import { readInputs } from "./ours/node.ts";
const one = readFileSync("samples/five-calls/tempo-v1.binpb");
const file = process.argv[2]!; const copies = Number(process.argv[3]);
const ids: string[] = []; let n = 0;
for await (const t of readInputs(["samples/five-calls/tempo-v1.binpb"], { notice: console.error })) { ids.push(t.traceId); n += t.spans.length; }
console.error(ids, n, one.length);
const places: number[] = [];
for (const id of ids) { const b = Buffer.from(id, "hex"); for (let i = one.indexOf(b); i >= 0; i = one.indexOf(b, i + 1)) places.push(i); }
const out: Buffer[] = [];
for (let k = 0; k < copies; k++) { const c = Buffer.from(one); for (const p of places) c.writeUInt32BE((c.readUInt32BE(p) ^ k) >>> 0, p); out.push(c); }
writeFileSync(file, Buffer.concat(out));
