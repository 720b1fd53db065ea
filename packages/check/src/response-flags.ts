/** What a flag in Envoy's `response_flags` says. */
interface FlagMeaning {
  /** What RESPONSE_FLAGS_LONG has in its place. */
  long: string;
  /** Set on an answer that the proxy made by itself: why it did, in words. */
  why?: string;
  /** Whether the request had reached the far side by then. */
  reached?: "no" | "perhaps";
  /** What to look at. */
  remedy?: string;
}

/**
 * Envoy's response flags (Envoy 1.40, access log, RESPONSE_FLAGS; source/common/stream_info/utility.h). Those without
 * `why` tell of other ends: who gave up (see the rule on deadlines), who left, or what was added to the request.
 */
const meanings: Readonly<Record<string, FlagMeaning>> = {
  UH: {
    long: "NoHealthyUpstream",
    why: "no host of the upstream cluster is healthy",
    reached: "no",
    remedy:
      "check why none is: are any running and ready, do they pass the health check, has outlier detection ejected them",
  },
  UF: {
    long: "UpstreamConnectionFailure",
    why: "it could not connect to the upstream",
    reached: "no",
    remedy: "check that the upstream listens on that address and port, and that both sides agree on TLS",
  },
  UO: {
    long: "UpstreamOverflow",
    why: "its circuit breaker for the upstream is open",
    reached: "no",
    remedy:
      "see the cluster's circuit_breakers (max_connections, max_pending_requests, max_requests), and why so many requests wait",
  },
  NR: {
    long: "NoRouteFound",
    why: "it has no route for this host and path",
    reached: "no",
    remedy: "see the route table: the domains of its virtual hosts, and the order and matches of its routes",
  },
  NC: {
    long: "NoClusterFound",
    why: "its route leads to a cluster that it does not have",
    reached: "no",
    remedy: "check that the cluster is configured, and that the control plane has sent it",
  },
  UC: {
    long: "UpstreamConnectionTermination",
    why: "the upstream closed the connection before it had answered",
    reached: "perhaps",
    remedy:
      "see whether the upstream died or closes idle connections earlier than the proxy does; requests that are safe to repeat can be retried",
  },
  UR: {
    long: "UpstreamRemoteReset",
    why: "the upstream reset the stream",
    reached: "perhaps",
    remedy: "see the upstream's log for this request",
  },
  UPE: {
    long: "UpstreamProtocolError",
    why: "the upstream's answer is not valid in the protocol that the proxy speaks to it",
    reached: "perhaps",
    remedy: "see that the cluster's protocol (HTTP/1.1 or HTTP/2, TLS) is the upstream's",
  },
  LR: {
    long: "LocalReset",
    why: "the proxy reset the connection itself",
    reached: "perhaps",
    remedy: "see the proxy's log for this request",
  },
  URX: {
    long: "UpstreamRetryLimitExceeded",
    why: "all its attempts failed",
    reached: "perhaps",
    remedy: "see why the attempts failed, which their own spans or the upstream's log tell",
  },
  LH: {
    long: "FailedLocalHealthCheck",
    why: "its own health check fails",
    reached: "no",
    remedy: "see whether the proxy was told to fail its health check (admin /healthcheck/fail) to be drained",
  },
  DF: {
    long: "DnsResolutionFailed",
    why: "it could not resolve the upstream's name",
    reached: "no",
    remedy: "see that the name exists, and the resolver of the cluster or of the dynamic forward proxy",
  },
  DO: {
    long: "DropOverload",
    why: "the load assignment told it to drop a share of the requests",
    reached: "no",
    remedy: "see drop_overloads in the cluster's load assignment",
  },
  OM: {
    long: "OverloadManagerTerminated",
    why: "its overload manager refuses requests",
    reached: "no",
    remedy: "give the proxy more memory or connections, or less load",
  },
  RL: {
    long: "RateLimited",
    why: "a rate limit is reached",
    reached: "no",
    remedy: "raise the limit, or let callers slow down",
  },
  RLSE: {
    long: "RateLimitServiceError",
    why: "it could not ask the rate limit service, and refuses then",
    reached: "no",
    remedy: "see the rate limit service, and failure_mode_deny of the filter",
  },
  UAEX: {
    long: "UnauthorizedExternalService",
    why: "the external authorization service said no, or could not be asked",
    reached: "no",
    remedy: "see what the authorization service answered, and failure_mode_allow of the filter",
  },
  FI: {
    long: "FaultInjected",
    why: "a fault is injected on purpose",
    reached: "no",
    remedy: "take the fault filter out when the trial is over",
  },
  IH: {
    long: "InvalidEnvoyRequestHeaders",
    why: "a strictly checked x-envoy header of the request is not valid",
    reached: "no",
    remedy: "see strict_check_headers of the router, and what the caller sends",
  },
  DPE: {
    long: "DownstreamProtocolError",
    why: "the request is not valid HTTP",
    reached: "no",
    remedy: "see what the caller sends to this port",
  },
  NFCF: {
    long: "NoFilterConfigFound",
    why: "a filter has no configuration, as the control plane did not send it in time",
    reached: "no",
    remedy: "see ECDS: the extension configuration that the filter waits for",
  },
  DC: { long: "DownstreamConnectionTermination" },
  DR: { long: "DownstreamRemoteReset" },
  UT: { long: "UpstreamRequestTimeout" },
  DT: { long: "DurationTimeout" },
  SI: { long: "StreamIdleTimeout" },
  UMSDR: { long: "UpstreamMaxStreamDurationReached" },
  DI: { long: "DelayInjected" },
  RFCF: { long: "ResponseFromCacheFilter" },
};

const shortOf = new Map(Object.entries(meanings).map(([short, { long }]) => [long, short]));

/** A flag by its short name, whichever form it has; one that is not known stays as it is. */
export function shortFlag(flag: string): string {
  return shortOf.get(flag.trim()) ?? flag.trim();
}

/** What a flag says by which the proxy answered by itself; undefined for any other. */
export function localReply(flag: string): (FlagMeaning & { why: string; remedy: string }) | undefined {
  const meaning = meanings[flag];
  return meaning?.why === undefined || meaning.remedy === undefined
    ? undefined
    : { ...meaning, why: meaning.why, remedy: meaning.remedy };
}
