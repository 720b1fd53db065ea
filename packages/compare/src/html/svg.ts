import { escapeMarkup } from "@envoy-mesh-lab/trace";
import { BarChart, BoxplotChart, CustomChart, LineChart } from "echarts/charts";
import { GridComponent } from "echarts/components";
import type { EChartsCoreOption } from "echarts/core";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([BarChart, BoxplotChart, CustomChart, LineChart, GridComponent, SVGRenderer]);

/** A picture and what it says, for who does not see it. */
export interface Picture {
  /** Unique in the page. */
  id: string;
  title: string;
  /** What is to be seen, in a sentence or two. */
  description: string;
  /** In CSS pixels; the width is scaled to the page. */
  height: number;
  option: EChartsCoreOption;
}

/** The width that pictures are laid out for, in CSS pixels. */
export const pictureWidth = 960;

/**
 * Draws a picture as SVG text, without a browser and without scripts in it (ECharts' server-side rendering, handbook,
 * "Server-Side Rendering"). Colours are CSS variables of the page, so that it follows its light or dark scheme.
 */
export function renderSvg({ id, title, description, height, option }: Picture): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, width: pictureWidth, height });
  try {
    chart.setOption({
      animation: false,
      textStyle: { fontFamily: "system-ui, sans-serif", color: "var(--ink)" },
      ...option,
    });
    return (
      chart
        .renderToSVGString()
        .replaceAll(/<style >[\s\S]*?<\/style>/g, "")
        // Its ids count up over all pictures that a process ever drew; in the page they are to be the same each time.
        .replaceAll(/(id="|url\(#)zr\d+-/g, `$1${id}-`)
        .replaceAll(/ (?:ecmeta_[a-z_]+|class)="[^"]*"/g, "")
        .replace(
          /^<svg [^>]*>/,
          `<svg viewBox="0 0 ${pictureWidth} ${height}" role="img" aria-labelledby="${id}-title ${id}-desc"><title id="${id}-title">${escapeMarkup(title)}</title><desc id="${id}-desc">${escapeMarkup(description)}</desc>`,
        )
    );
  } finally {
    // Else its timers keep the process alive.
    chart.dispose();
  }
}
