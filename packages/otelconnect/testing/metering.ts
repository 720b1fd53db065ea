import type { Attributes, MeterProvider as MeterProviderType } from "@opentelemetry/api";
import { DataPointType, MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";

/** One histogram of one set of attributes. */
export interface HistogramPoint {
  readonly metric: string;
  readonly unit: string;
  readonly attributes: Attributes;
  readonly count: number;
  readonly sum: number;
  readonly boundaries: readonly number[];
}

class OnDemandReader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

/** Makes a meter provider whose histograms can be read at any time. */
export function createMetering(): { provider: MeterProviderType; read(): Promise<HistogramPoint[]> } {
  const reader = new OnDemandReader();
  return {
    provider: new MeterProvider({ readers: [reader] }),
    async read() {
      const { resourceMetrics } = await reader.collect();
      return resourceMetrics.scopeMetrics
        .flatMap((scope) => scope.metrics)
        .flatMap((metric) =>
          metric.dataPointType === DataPointType.HISTOGRAM
            ? metric.dataPoints.map((point) => ({
                metric: metric.descriptor.name,
                unit: metric.descriptor.unit,
                attributes: point.attributes,
                count: point.value.count,
                sum: point.value.sum ?? Number.NaN,
                boundaries: point.value.buckets.boundaries,
              }))
            : [],
        );
    },
  };
}
