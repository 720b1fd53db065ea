import { useEffect, useState } from "preact/hooks";
import { route } from "./location.ts";
import { Failure } from "./notice.tsx";
import { Palette } from "./palette.tsx";
import type { Place } from "./places.ts";
import { places } from "./places.ts";
import type { PlaceName } from "./route.ts";
import { hashOf, placeNames } from "./route.ts";
import type { Connection } from "./session.ts";
import { connection, session } from "./session.ts";

/** The whole page: the way to its places, and the one where one is. */
export function Frame() {
  const { place } = route.value;
  const { title } = places[place];
  useEffect(() => {
    document.title = `${title} · Envoy Mesh Lab`;
  }, [title]);
  return (
    <>
      <a class="skip" href={hashOf(place, route.value.path)} onClick={skipToPlace}>
        Skip to the {title.toLowerCase()} itself
      </a>
      <header class="bar">
        <h1>Envoy Mesh Lab</h1>
        <nav class="places" aria-label="Places">
          {placeNames.map((it) => (
            <a key={it} href={hashOf(it)} aria-current={it === place ? "page" : undefined}>
              {places[it].title}
            </a>
          ))}
        </nav>
        <Palette />
        <MeshName />
      </header>
      <main class="place" id="place" tabIndex={-1}>
        <CurrentPlace key={place} name={place} />
      </main>
    </>
  );
}

/** Of which mesh this is the page, and whether its server is there. */
function MeshName() {
  const words: Record<Connection, string> = {
    connecting: "connecting…",
    connected: `mesh ${session.value?.project}`,
    away: "✖ the page's server is away; trying again",
    refused: "✖ this browser has not the session's token: open the link that `lab ui` prints",
  };
  const state = connection.value;
  return (
    <p class={state === "away" || state === "refused" ? "connection bad" : "connection"} role="status">
      {words[state]}
    </p>
  );
}

function skipToPlace(event: Event): void {
  event.preventDefault();
  document.getElementById("place")?.focus();
}

/** What became of the code of a place: undefined while it is on its way. */
type Loaded = { readonly Place: Place } | { readonly failure: string } | undefined;

function CurrentPlace({ name }: { readonly name: PlaceName }) {
  const [loaded, setLoaded] = useState<Loaded>();
  useEffect(() => {
    places[name].load().then(
      (Place) => setLoaded({ Place }),
      (error: unknown) => setLoaded({ failure: String(error) }),
    );
  }, [name]);
  if (loaded === undefined) return <p class="soft">Loading…</p>;
  if ("Place" in loaded) return <loaded.Place route={route.value} />;
  return (
    <Failure title={`The place "${places[name].title}" could not be loaded`}>
      <p>{loaded.failure}</p>
      <p>
        Does the page's server run? <code>lab ui</code> starts it; then load this page again.
      </p>
    </Failure>
  );
}
