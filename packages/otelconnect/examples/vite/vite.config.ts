import { defineConfig } from "vite";

const toServices = {
  "/echo.v1.EchoService": `http://127.0.0.1:${process.env.SERVICE_PORT ?? 8081}`,
  "/v1/traces": process.env.OTEL_EXPORTER_OTLP_ENDPOINT ?? "http://127.0.0.1:4318",
};

export default defineConfig({
  build: { target: "esnext" },
  preview: { host: "127.0.0.1", port: Number(process.env.PORT ?? 8080), strictPort: true, proxy: toServices },
});
