// The gateway as it is in the lab, but for one thing: the settings of its exporter are those of telemetry-settings.ts beside this file.
// There is nothing to change here.
import { runGateway } from "@envoy-mesh-lab/gateway";
import { telemetrySettings } from "./telemetry-settings.ts";

Object.assign(process.env, telemetrySettings);
await runGateway();
