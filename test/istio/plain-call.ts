/**
 * A script that calls the backend's port in plain text, without TLS, and prints `answered STATUS`, or `refused` and why.
 *
 * @param address where the backend is, from where the script is run.
 */
export function plainCall(address: string): string {
  return `
    const session = require("node:http2").connect("http://${address}:8082");
    session.on("error", (error) => { console.log("refused " + error.code); process.exit(); });
    const stream = session.request({ ":path": "/readyz", ":authority": "backend" });
    stream.on("error", (error) => { console.log("refused " + error.code); process.exit(); });
    stream.on("response", (headers) => { console.log("answered " + headers[":status"]); process.exit(); });
    stream.on("close", () => { console.log("refused without an answer"); process.exit(); });`;
}
