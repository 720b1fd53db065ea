import { useEffect, useState } from "preact/hooks";
import { ask } from "../analysis/analyst.ts";
import type { AttributeFact, SpanFacts } from "../analysis/span-facts.ts";
import { wordsOf } from "../drop/sets.ts";
import { hashOf } from "../shell/route.ts";

/** All that a span says, for the one that is current. */
export function SpanPanel({ spanId }: { readonly spanId: string | undefined }) {
  const [facts, setFacts] = useState<SpanFacts>();
  const [failure, setFailure] = useState<string>();
  useEffect(() => {
    if (spanId === undefined) return;
    let isWanted = true;
    setFailure(undefined);
    ask("spanFacts", [spanId]).then(
      (it) => isWanted && setFacts(it),
      (error: unknown) => isWanted && setFailure(wordsOf(error).message),
    );
    return () => {
      isWanted = false;
    };
  }, [spanId]);
  if (spanId === undefined) {
    return (
      <p class="soft">Click on a span, or go through them with the arrow keys, to see all that it says.</p>
    );
  }
  if (failure !== undefined) return <p class="bad-text foreign">✖ {failure}</p>;
  if (facts === undefined) return <p class="soft">Reading…</p>;
  return <Facts facts={facts} />;
}

function Facts({ facts }: { readonly facts: SpanFacts }) {
  const { role, label, kind, name, evidence } = facts;
  return (
    <section class="span-panel" aria-live="polite">
      <h3 class="foreign">
        {label} {kind}
      </h3>
      <p class="foreign">{name}</p>
      <h4>{role === "proxy" ? "How we know that it is a proxy's" : "Why it is taken as an application's"}</h4>
      <ul>
        {evidence.map((it) => (
          <li key={it} class="foreign">
            {it}
          </li>
        ))}
      </ul>
      <dl class="facts">
        {facts.facts.map(([what, value]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd class="foreign">{value}</dd>
          </div>
        ))}
      </dl>
      <Attributes title="Attributes" attributes={facts.attributes} />
      <Attributes title="Resource: what is said of its maker" attributes={facts.resource} />
      {facts.events.map((it, i) => (
        <Attributes key={i} title={`Event ${it.title}`} attributes={it.attributes} />
      ))}
      {facts.links.map((it, i) => (
        <div key={i}>
          <Attributes title={`Link to ${it.title}`} attributes={it.attributes} />
          {/^[0-9a-f]{32}$/.test(it.traceId) && (
            <p>
              <a href={hashOf("traces", [it.traceId])}>Look for that trace in the mesh's Tempo</a>
            </p>
          )}
        </div>
      ))}
    </section>
  );
}

function Attributes({
  title,
  attributes,
}: {
  readonly title: string;
  readonly attributes: readonly AttributeFact[];
}) {
  return (
    <table class="attributes">
      <caption class="foreign">{title}</caption>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Value</th>
          <th scope="col">What it tells, and its older names</th>
        </tr>
      </thead>
      <tbody>
        {attributes.length === 0 && (
          <tr>
            <td colSpan={3} class="soft">
              nothing
            </td>
          </tr>
        )}
        {attributes.map((it) => (
          <tr key={it.key}>
            <th scope="row" class="foreign">
              {it.key}
            </th>
            <td class="foreign">{it.value}</td>
            <td class="foreign soft">
              {it.meaning}
              {it.legacy.map((old) => (
                <p key={old.key}>
                  {it.isLegacyOnly ? "only as" : "also"} <code>{old.key}</code>
                  {old.value === it.value ? "" : ` = ${old.value}`}
                </p>
              ))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
