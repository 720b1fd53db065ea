import type { DescService } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";

// The page's own server, which is where the page comes from; it goes by a cookie that scripts cannot read.
const transport = createConnectTransport({ baseUrl: location.origin });

/** A client of one of the services of the page's own server. */
export function pageClient<T extends DescService>(service: T): Client<T> {
  return createClient(service, transport);
}
