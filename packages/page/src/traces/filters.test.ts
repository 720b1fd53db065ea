import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { filtersOf, hasFinding, noFilters, queryOf, toTraceQl } from "./filters.ts";

suite("the filters of the list as TraceQL", () => {
  test("nothing chosen is every trace", () => {
    assert.equal(toTraceQl(noFilters), "{}");
  });

  test("each condition may hold for another span", () => {
    const filters = {
      ...noFilters,
      service: "gateway",
      rpc: "OrderDrink",
      longerThan: "50 ms",
      isError: true,
    };
    assert.equal(
      toTraceQl(filters),
      '{ resource.service.name = "gateway" } && { name =~ ".*OrderDrink.*" } && { traceDuration > 50ms } && { status = error }',
    );
  });

  test("a query of the user's own stands beside them", () => {
    const traceQl = "{ span.tenant.id = `a` } || { kind = client }";
    assert.equal(toTraceQl({ ...noFilters, traceQl }), traceQl);
    assert.equal(toTraceQl({ ...noFilters, traceQl, isError: true }), `(${traceQl}) && { status = error }`);
  });

  test("texts cannot leave their quotes, nor mean more than they say", () => {
    assert.equal(
      toTraceQl({ ...noFilters, service: 'a" } || { .x = "\\', rpc: "a.b(" }),
      String.raw`{ resource.service.name = "a\" } || { .x = \"\\" } && { name =~ ".*a\\.b\\(.*" }`,
    );
  });

  test("a length of time that is none is reported", () => {
    for (const longerThan of ["50", "fast", "1m30s", "50ms } || {", "-1s"]) {
      assert.throws(
        () => toTraceQl({ ...noFilters, longerThan }),
        /is no length of time; one is 50ms/,
        longerThan,
      );
    }
  });

  test("an address keeps them", () => {
    const filters = { ...noFilters, service: "a&b", isError: true, traceQl: '{ .x = "=?#" }' };
    assert.deepEqual(filtersOf(new URLSearchParams(queryOf(filters).toString())), filters);
    assert.equal(queryOf(noFilters).size, 0);
  });

  test("findings are chosen by a part of their code, or any of them", () => {
    assert.ok(hasFinding([], ""));
    assert.ok(!hasFinding([], "any"));
    assert.ok(hasFinding(["hop.sibling"], " Any "));
    assert.ok(hasFinding(["time.clock-skew", "hop.sibling"], "hop."));
    assert.ok(!hasFinding(["hop.sibling"], "context"));
  });
});
