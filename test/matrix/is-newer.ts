/** Whether a version is a release after another, by its numbers. One for trial, as `3.0.0-beta.1`, is none. */
export function isNewer(version: string, than: string): boolean {
  if (!/^\d+\.\d+\.\d+$/.test(version)) return false;
  const one = version.split(".").map(Number);
  const other = than.split(".").map(Number);
  const place = one.findIndex((it, at) => it !== other[at]);
  return place !== -1 && (one[place] ?? 0) > (other[place] ?? 0);
}
