// app.cjs PORT [UPSTREAM]: waits WAIT ms, calls the upstream if there is one, answers. STATUS or FAIL_FIRST make it fail.
const http = require("node:http");
const [port, upstream] = process.argv.slice(2);
let failures = Number(process.env.FAIL_FIRST ?? 0);
http
  .createServer((_req, res) => {
    const answer = (status) => {
      res.statusCode = status;
      res.end("ok");
    };
    setTimeout(
      () => {
        if (failures-- > 0) return answer(503);
        if (!upstream) return answer(Number(process.env.STATUS ?? 200));
        const calls = upstream.split(",");
        const next = () => {
          const url = calls.shift();
          if (url === undefined) return setTimeout(() => answer(200), Number(process.env.AFTER ?? 2));
          http
            .get(url, (r) => r.resume().on("end", () => (r.statusCode >= 500 ? answer(502) : next())))
            .on("error", () => answer(502));
        };
        next();
      },
      Number(process.env.WAIT ?? 5),
    );
  })
  .listen(Number(port), "127.0.0.1");
