import fc from "fast-check";
import type {
  BothWays,
  Spans,
  SyntheticApp,
  SyntheticCall,
  SyntheticProxy,
  SyntheticStep,
  World,
} from "./synthetic.ts";

const ns = fc.integer({ min: 0, max: 5000 });
const bothWays = fc.tuple(ns, ns) as fc.Arbitrary<BothWays>;
const proxy: fc.Arbitrary<SyntheticProxy> = fc.record({
  spans: fc.constantFrom<Spans[]>("two", "two", "one", "none"),
  own: bothWays,
  leg: bothWays,
  retries: fc.oneof(
    { weight: 4, arbitrary: fc.constant<SyntheticProxy["retries"]>([]) },
    { weight: 1, arbitrary: fc.array(fc.record({ took: ns, pause: ns }), { maxLength: 2 }) },
  ),
});

/** Applications that call each other, three calls deep, through proxies of all sorts. */
export const syntheticApp: fc.Arbitrary<SyntheticApp> = appAt(0);

function appAt(depth: number): fc.Arbitrary<SyntheticApp> {
  const work = fc.record({ work: ns, wrapped: fc.boolean() });
  const step: fc.Arbitrary<SyntheticStep> =
    depth === 3
      ? work
      : fc.oneof(
          { weight: 3, arbitrary: work },
          { weight: 1, arbitrary: fc.record({ publish: ns }) },
          { weight: 1, arbitrary: fc.record({ background: ns }) },
          {
            weight: 3,
            arbitrary: fc.record({ calls: fc.array(call(depth + 1), { minLength: 1, maxLength: 3 }) }),
          },
          {
            weight: 1,
            arbitrary: fc.record({
              stream: call(depth + 1),
              meanwhile: fc.array(call(depth + 1), { maxLength: 2 }),
            }),
          },
        );
  return fc.record({
    service: fc.constantFrom("a", "b", "c").map((it) => `${it}${depth}`),
    steps: fc.array(step, { minLength: depth === 0 ? 1 : 0, maxLength: 4 }),
  });
}

function call(depth: number): fc.Arbitrary<SyntheticCall> {
  const unseen: fc.Arbitrary<SyntheticApp> = fc.record({
    service: fc.constant(`unseen${depth}`),
    steps: fc.constant([]),
    unseen: ns,
  });
  const app = fc.oneof({ weight: 7, arbitrary: appAt(depth) }, { weight: 1, arbitrary: unseen });
  return fc.record(
    { client: bothWays, outbound: proxy, inbound: proxy, app },
    { requiredKeys: ["client", "app"] },
  );
}

/** Clocks that are right, or wrong by up to an hour. */
export const world: fc.Arbitrary<World> = fc.record({
  hostNames: fc.boolean(),
  offsets: fc.array(fc.oneof(fc.constant(0), fc.integer({ min: -3.6e12, max: 3.6e12 })), {
    minLength: 1,
    maxLength: 6,
  }),
});
