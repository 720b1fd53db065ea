// A reverse proxy of Go's standard library, with OpenTelemetry's otelhttp on both sides.
package main

import (
	"context"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/trace"
)

func main() {
	exporter, err := otlptracehttp.New(context.Background())
	if err != nil {
		panic(err)
	}
	otel.SetTracerProvider(trace.NewTracerProvider(trace.WithBatcher(exporter, trace.WithBatchTimeout(100*time.Millisecond))))
	otel.SetTextMapPropagator(propagation.TraceContext{})
	target, err := url.Parse(os.Args[2])
	if err != nil {
		panic(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	if len(os.Args) < 4 { // a third argument: no CLIENT spans
		proxy.Transport = otelhttp.NewTransport(http.DefaultTransport)
	}
	panic(http.ListenAndServe("127.0.0.1:"+os.Args[1], otelhttp.NewHandler(proxy, "proxy")))
}
