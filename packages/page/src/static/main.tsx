import "../colors.css";
import "../shell/shell.css";
import { render } from "preact";
import { ComparePlace } from "../compare/compare-place.tsx";
import { takeDroppedFiles } from "../drop/drop-zone.ts";
import { route } from "../shell/location.ts";
import { hashOf } from "../shell/route.ts";
import { TracesPlace } from "../traces/traces-place.tsx";

/** The page as one file: the two places that need no server. */
function StaticPage() {
  const isCompare = route.value.place === "compare";
  return (
    <>
      <header class="bar">
        <h1>Envoy Mesh Lab</h1>
        <nav class="places" aria-label="Places">
          <a href={hashOf("traces")} aria-current={isCompare ? undefined : "page"}>
            Traces
          </a>
          <a href={hashOf("compare")} aria-current={isCompare ? "page" : undefined}>
            Compare
          </a>
        </nav>
        <p class="connection">one file: nothing leaves it</p>
      </header>
      <main class="place" id="place" tabIndex={-1}>
        {isCompare ? <ComparePlace route={route.value} /> : <TracesPlace route={route.value} />}
      </main>
    </>
  );
}

takeDroppedFiles();
render(<StaticPage />, document.getElementById("page") as HTMLElement);
