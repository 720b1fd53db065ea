// hpm.cjs PORT UPSTREAM: a proxy that forwards everything.
const [port, target] = process.argv.slice(2);
const express = require("express");
const { createProxyMiddleware } = require("http-proxy-middleware");
express()
  .use(createProxyMiddleware({ target, changeOrigin: true }))
  .listen(Number(port), "127.0.0.1");
