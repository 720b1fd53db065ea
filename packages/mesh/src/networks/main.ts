// The part that makes the networks of a mesh and joins them with this machine: main.ts CONFIGURATION
// It says at /readyz of LISTEN_ADDRESS that it is done. It leaves the networks when it ends, as other parts are in them:
// started again, it finds them; `lab down` removes them.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { LabError } from "@envoy-mesh-lab/trace";
import { makeNetworks } from "./namespaces.ts";
import { networkConfigSchema } from "./network-config.ts";
import { startRelays } from "./relay.ts";

const [file = ""] = process.argv.slice(2);

async function main(): Promise<void> {
  const config = networkConfigSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  makeNetworks(config);
  console.log(`networks: ${config.networks.map(({ name, address }) => `${name} ${address}`).join(", ")}`);
  await startRelays(config, (network) => {
    console.error(`what joins the network ${network} with this machine has ended`);
    process.exit(1);
  });
  for (const { host, network, port } of config.inward) {
    console.log(`127.0.0.1:${host} leads to ${network}:${port}`);
  }
  for (const { port, host } of config.outward) {
    console.log(`port ${port} of ${config.joint} leads to 127.0.0.1:${host}`);
  }
  const [host = "", port = ""] = (process.env.LISTEN_ADDRESS ?? "").split(":");
  createServer((request, response) => {
    response.writeHead(request.url === "/readyz" ? 200 : 404).end();
  }).listen(Number(port), host);
}

main().catch((error: unknown) => {
  console.error(error instanceof LabError ? `${error.message}\n  ${error.hint ?? ""}` : error);
  process.exit(1);
});
