// A set-up of one's own, with Connect among the instrumentations: node --import ./listed.ts app.ts
import { register } from "node:module";
import {
  InstrumentationBase,
  InstrumentationNodeModuleDefinition,
  registerInstrumentations,
} from "@opentelemetry/instrumentation";
import { ConnectInstrumentation } from "../../src/instrumentation.ts";

/** Stands for the instrumentation of another package, which must go on to work beside Connect's. */
class OtherInstrumentation extends InstrumentationBase {
  protected override init(): InstrumentationNodeModuleDefinition {
    return new InstrumentationNodeModuleDefinition("fastify", ["*"], (exports) => {
      process.once("exit", () => console.log(JSON.stringify({ isOtherInstrumented: true })));
      return exports;
    });
  }
}

register("@opentelemetry/instrumentation/hook.mjs", import.meta.url);
const options = { spanName: () => "named by the set-up" };
registerInstrumentations({
  instrumentations: [
    new OtherInstrumentation("other", "1.0.0", {}),
    new ConnectInstrumentation({ client: options, server: options }),
  ],
});
