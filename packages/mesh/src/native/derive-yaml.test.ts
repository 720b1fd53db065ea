import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { deriveYaml } from "./derive-yaml.ts";
import { mapPorts } from "./port-map.ts";
import { composeProject } from "./testing/plan-input.ts";

const project = composeProject({
  proxy: { expose: ["15006", "15000"] },
  app: { expose: ["8081"] },
  tempo: { expose: ["3200", "9095", "4327"] },
});

function derive(service: string, source: string, native = "/state/volumes/tempo") {
  const paths = [{ target: "/var/tempo", native }];
  return deriveYaml(source, { service, ports: mapPorts(project, 1000), paths });
}

suite("deriveYaml", () => {
  test("moves Envoy's sockets and keeps comments, layout and line numbers", () => {
    const source = [
      "# The proxy.",
      "admin:",
      "  address:",
      "    socket_address: { address: 127.0.0.1, port_value: 15000 } # loopback",
      "listeners:",
      "  - address: { socket_address: { address: '0.0.0.0', port_value: 15006 } }",
      "clusters:",
      "  - name: app   # a bare word",
      "    address:",
      "      socket_address:",
      '        address: "app"',
      "        port_value: 8081",
      "",
    ].join("\n");
    const expected = source
      .replace("15000 }", "16000 }")
      .replace("'0.0.0.0', port_value: 15006", "'127.0.0.1', port_value: 16006")
      .replace('"app"', '"127.0.0.1"')
      .replace("8081", "9081");
    assert.deepEqual(derive("proxy", source), { text: expected, problems: [] });
  });

  test("moves endpoints, listen ports and paths", () => {
    const source = [
      "server:",
      "  http_listen_address: 0.0.0.0",
      "  http_listen_port: 3200",
      "  grpc_listen_port: 9095",
      "distributor: { receivers: { otlp: { protocols: { grpc: { endpoint: 0.0.0.0:4327 } } } } }",
      "self: { host: 0.0.0.0, port: 3200 }",
      "limits: { max: 3200, port_of_call: 9095 }",
      "storage: { wal: { path: /var/tempo/wal } }",
      "peers: [app:8081, 'http://app:8081']",
    ].join("\n");
    assert.deepEqual(derive("tempo", source), {
      problems: [],
      text: [
        "server:",
        "  http_listen_address: 127.0.0.1",
        "  http_listen_port: 4200",
        "  grpc_listen_port: 10095",
        "distributor: { receivers: { otlp: { protocols: { grpc: { endpoint: 127.0.0.1:5327 } } } } }",
        "self: { host: 127.0.0.1, port: 4200 }",
        "limits: { max: 3200, port_of_call: 9095 }",
        "storage: { wal: { path: /state/volumes/tempo/wal } }",
        "peers: [127.0.0.1:9081, 'http://127.0.0.1:9081']",
      ].join("\n"),
    });
  });

  test("changes text blocks in place", () => {
    const source = "script: |\n  curl http://app:8081/\n  # done\nnext: 1\n";
    assert.equal(derive("proxy", source).text, source.replace("app:8081", "127.0.0.1:9081"));
  });

  test("quotes a native path that plain YAML cannot carry", () => {
    assert.equal(derive("tempo", "path: /var/tempo # here", "/home/a: b").text, 'path: "/home/a: b" # here');
    assert.equal(derive("tempo", "[/var/tempo]", "/home/a, b").text, '["/home/a, b"]');
    assert.equal(derive("tempo", "path: /var/tempo", "/home/my files").text, "path: /home/my files");
  });

  test("reads JSON", () => {
    assert.equal(derive("proxy", '{"endpoint": "app:8081"}').text, '{"endpoint": "127.0.0.1:9081"}');
  });

  test("gives no text when nothing is to be changed", () => {
    const source =
      "service_name: app\nresource: { service.name: app, address: elsewhere }\ndomains: ['*', app]\n";
    assert.deepEqual(derive("proxy", source), { text: undefined, problems: [] });
  });

  test("names what is no YAML, instead of running it unmapped", () => {
    const { text, problems } = derive("proxy", "a: [b\nc: app:8081");
    assert.equal(text, undefined);
    assert.match(problems.join(), /^line \d+: not valid YAML: /);
  });

  test("maps every address under a key that stands twice", () => {
    const { text, problems } = derive("proxy", "a: app:8081\na: app:8081\n");
    assert.deepEqual([text, problems], ["a: 127.0.0.1:9081\na: 127.0.0.1:9081\n", []]);
  });

  test("reports undeclared ports with their line", () => {
    const { problems } = derive(
      "proxy",
      "a: 1\nsocket_address: { address: app, port_value: 9 }\nb: app:10\n",
    );
    assert.deepEqual(problems, [
      "line 2: app declares no port 9: add it to its ports or expose",
      "line 3: app declares no port 10: add it to its ports or expose",
    ]);
  });
});
