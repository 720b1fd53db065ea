// Exports two traces over the protocol that it is told, to where its environment says, as every app with OpenTelemetry Go does.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

func main() {
	ctx := context.Background()
	exporters := map[string]func() (*otlptrace.Exporter, error){
		"grpc":          func() (*otlptrace.Exporter, error) { return otlptracegrpc.New(ctx) },
		"http/protobuf": func() (*otlptrace.Exporter, error) { return otlptracehttp.New(ctx) },
	}
	exporter, err := exporters[os.Args[1]]()
	if err != nil {
		log.Fatal(err)
	}
	provider := sdk.NewTracerProvider(sdk.WithBatcher(exporter))
	for _, name := range []string{"first", "second"} {
		_, span := provider.Tracer("test").Start(ctx, name, trace.WithSpanKind(trace.SpanKindServer))
		span.End()
	}
	// An exporter's errors come out here, and nowhere else.
	if err := provider.ForceFlush(ctx); err != nil {
		log.Fatal(err)
	}
	if err := provider.Shutdown(ctx); err != nil {
		log.Fatal(err)
	}
	fmt.Println("exported")
}
