/// <reference types="node" />
// Instruments Connect in a process whose code says nothing of it: node --import @envoy-mesh-lab/otelconnect/register app.js
import { createRequire, register } from "node:module";
import { pathToFileURL } from "node:url";
import { patchedPackages } from "./connect-patches.ts";
import { ConnectInstrumentation } from "./instrumentation.ts";

// The loader hook that `@opentelemetry/instrumentation/hook.mjs` stands for is for ES modules; CommonJS needs none. An
// instance of its own, as the hook keeps what it includes for the whole process: told of Connect here, it would leave
// alone what a set-up of the user's has registered it for. So all that is not Connect's is loaded as ever.
// With `node --require`, there is no import.meta.resolve() yet.
const { resolve } = createRequire(import.meta.url);
const fromInstrumentation = createRequire(resolve("@opentelemetry/instrumentation"));
const hook = pathToFileURL(fromInstrumentation.resolve("import-in-the-middle/hook.mjs"));
register(`${hook}?for=connect`, { data: { include: [...patchedPackages] } });
new ConnectInstrumentation();
