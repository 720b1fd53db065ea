import { collectGarbage } from "@envoy-mesh-lab/connections/testing";

// Loaded into a service by a test: tells its heap after garbage collection, in bytes, whenever it gets SIGUSR2.
process.on("SIGUSR2", async () => {
  await collectGarbage();
  process.stderr.write(`heap ${process.memoryUsage().heapUsed}\n`);
});
