/**
 * How far the ports of each mesh of the tests are moved: beside a user's own, which is at 0 or at another thousand below these,
 * and beside each other, as several stages run at a time. All stay below the ports that the system gives to whoever wants any.
 */
export const portShifts = {
  /** Of the mesh on a node of this machine, and of the one on a cluster by its name. Only the ways into a cluster have ports here. */
  kubernetes: { node: 21_330, named: 22_930 },
  istio: 6_250,
  faults: 8_000,
  envoys: 9_400,
  /** The mesh of `loads`, `e2e` and `page`, which follow each other. */
  test: 10_000,
  /** Of the mesh in containers, and of the small mesh of a file of `e2e`, which are of one queue. */
  docker: 12_000,
  spans: 13_000,
  exercises: [14_130, 14_380, 14_680, 14_980, 15_280, 15_580, 15_880, 16_180, 16_480, 16_780],
} as const;
