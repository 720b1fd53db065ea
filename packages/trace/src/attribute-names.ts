/**
 * What attributes were called before OpenTelemetry's semantic conventions gave them the name that they have now, each
 * with that name: the migration guides of HTTP ("HTTP semantic convention stability migration", 2023) and RPC (2025),
 * and what Envoy 1.40 writes instead of it ("Tracing", "What data each trace contains").
 */
const currentNames: Readonly<Record<string, string>> = {
  "http.method": "http.request.method",
  "http.status_code": "http.response.status_code",
  "http.url": "url.full",
  "http.target": "url.path",
  "http.scheme": "url.scheme",
  "http.user_agent": "user_agent.original",
  "http.client_ip": "client.address",
  "http.protocol": "network.protocol.version",
  "http.flavor": "network.protocol.version",
  "http.request_content_length": "http.request.body.size",
  "http.response_content_length": "http.response.body.size",
  "net.peer.name": "server.address",
  "net.peer.port": "server.port",
  "net.host.name": "server.address",
  "net.host.port": "server.port",
  "net.peer.ip": "network.peer.address",
  "net.sock.peer.addr": "network.peer.address",
  "net.sock.peer.port": "network.peer.port",
  "net.protocol.name": "network.protocol.name",
  "net.protocol.version": "network.protocol.version",
  "peer.address": "network.peer.address",
  user_agent: "user_agent.original",
  request_size: "http.request.body.size",
  response_size: "http.response.body.size",
  upstream_cluster: "envoy.upstream_cluster.name",
  "upstream_cluster.name": "envoy.upstream_cluster.name",
  "guid:x-request-id": "http.request.header.x-request-id",
  "rpc.system": "rpc.system.name",
  "rpc.grpc.status_code": "rpc.response.status_code",
  "rpc.connect_rpc.error_code": "rpc.response.status_code",
  "rpc.status_code": "rpc.response.status_code",
  "grpc.status_code": "rpc.response.status_code",
  "db.system": "db.system.name",
  "db.statement": "db.query.text",
  "db.operation": "db.operation.name",
  "db.name": "db.namespace",
};

/** The name that an attribute has now; undefined for one whose name is current, or that nothing is known of. */
export function currentName(key: string): string | undefined {
  return Object.hasOwn(currentNames, key) ? currentNames[key] : undefined;
}
