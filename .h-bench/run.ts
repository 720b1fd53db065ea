import { readFileSync, writeFileSync } from "node:fs";
const [, , which, file] = process.argv;
const { readInputs } = await import(`./${which}/node.ts`);
const c0 = process.cpuUsage();
let spans = 0;
for await (const t of readInputs([file], { notice: () => {} })) spans += t.spans.length;
const c = process.cpuUsage(c0);
console.log(JSON.stringify({ which, spans, ms: (c.user + c.system) / 1000 }));
