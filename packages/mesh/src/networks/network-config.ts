import { z } from "zod";

const port = z.number().int().min(1).max(65_535);

/** What the part that makes networks is told. */
export const networkConfigSchema = z.strictObject({
  project: z.string(),
  /** The file that keeps which namespaces were made. */
  record: z.string(),
  /** The name of the network that joins the others. */
  joint: z.string(),
  networks: z.array(z.strictObject({ name: z.string(), address: z.ipv4() })).min(1),
  /** Ports of 127.0.0.1 on this machine that lead to the same address in a network. */
  inward: z.array(z.strictObject({ host: port, network: z.string(), port })),
  /** Ports of the joint network's address that lead to 127.0.0.1 on this machine. */
  outward: z.array(z.strictObject({ port, host: port })),
});
export type NetworkConfig = z.infer<typeof networkConfigSchema>;

/** The name of a network's namespace, as `ip netns` shows it. */
export function namespaceName(project: string, network: string): string {
  return `${project}.${network}`;
}
