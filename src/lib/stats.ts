/** What a client has done so far. Times in milliseconds. */
export interface HttpStats {
  /** Tries that went out, repeated ones included. */
  readonly requests: number
  readonly retries: number
  /** Spent waiting for rate limits, between tries and for a site that was down, summed over all requests. */
  readonly waitedMs: number
  /** Mean time from sending to the end of the answer, as seen from here: what a run can at best be built from. */
  readonly measuredResponseMs: number
  /** By method and endpoint: `GET /rest/api/3/screens/{}/tabs`. */
  readonly byEndpoint: Readonly<Record<string, EndpointStats>>
}

export interface EndpointStats {
  readonly requests: number
  readonly retries: number
  readonly responseMs: number
}

export interface Recorder {
  tried(key: string, responseMs: number, again: boolean): void
  waited(ms: number): void
  stats(): HttpStats
}

export function recorder(): Recorder {
  const byEndpoint = new Map<string, { requests: number; retries: number; responseMs: number }>()
  let waitedMs = 0
  return {
    tried(key, responseMs, again) {
      let endpoint = byEndpoint.get(key)
      if (endpoint === undefined) {
        endpoint = { requests: 0, retries: 0, responseMs: 0 }
        byEndpoint.set(key, endpoint)
      }
      endpoint.requests++
      if (again) endpoint.retries++
      endpoint.responseMs += responseMs
    },
    waited(ms) {
      waitedMs += ms
    },
    stats() {
      let requests = 0
      let retries = 0
      let responseMs = 0
      for (const endpoint of byEndpoint.values()) {
        requests += endpoint.requests
        retries += endpoint.retries
        responseMs += endpoint.responseMs
      }
      const copies = [...byEndpoint].map(([key, endpoint]) => [key, { ...endpoint }] as const)
      return {
        requests,
        retries,
        waitedMs,
        measuredResponseMs: requests === 0 ? 0 : responseMs / requests,
        byEndpoint: Object.fromEntries(copies),
      }
    },
  }
}
