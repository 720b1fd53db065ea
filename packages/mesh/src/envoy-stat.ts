/**
 * Reads one counter or gauge from an Envoy's statistics in plain text, a line of `name: value` each (admin `/stats`, Envoy 1.40).
 *
 * @returns undefined where it is not there
 */
export function envoyStat(text: string, name: string): number | undefined {
  const line = text.split("\n").find((it) => it.startsWith(`${name}: `));
  return line === undefined ? undefined : Number(line.slice(name.length + 2));
}
