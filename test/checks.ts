import { checks, runCheck } from "./check-list.ts";

let passed = 0;
let failed = 0;
for (const check of checks) {
  const { status, output } = runCheck(check);
  if (status === 0) {
    passed++;
    console.log(`✔ ${check.name}`);
  } else if (status !== null && status === check.impossible) {
    console.log(`- ${check.name}: cannot be checked here\n${output}`);
  } else {
    failed++;
    console.log(`✖ ${check.name}\n${output}\n  to mend: ${check.hint}`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
