import * as http from "node:http";

/** An answer, as it came. */
export interface RawAnswer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/**
 * Calls a method over HTTP/1.1 with Connect and JSON.
 *
 * @param lines Header lines, each sent as it is: names in their case, repeated ones apart.
 */
export function rawRequest(
  url: URL,
  body: string,
  lines: readonly (readonly [string, string])[],
  agent?: http.Agent,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const headers = [
      ["host", url.host],
      ["content-type", "application/json"],
      ["content-length", `${Buffer.byteLength(body)}`],
      ...lines,
    ].flat();
    const options = { method: "POST", headers, ...(agent === undefined ? {} : { agent }) };
    const request = http.request(url, options, (response) => {
      let answer = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        answer += text;
      });
      const { date: _date, ...kept } = response.headers;
      response.on("end", () => resolve({ status: response.statusCode, headers: kept, body: answer }));
    });
    request.on("error", reject);
    request.end(body);
  });
}
