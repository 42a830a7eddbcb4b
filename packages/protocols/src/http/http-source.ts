import type { Sample } from '@tocsin/core'

import type { ListenAddress } from '../listening/address.ts'
import { createAllowedPeers } from '../listening/allowed-peers.ts'
import { bindServer } from '../listening/bind.ts'
import { createConnections } from '../listening/connections.ts'
import { addressesOf } from '../listening/listen-options.ts'
import { bindAll } from '../listening/listening-source.ts'
import type { ProblemReason } from '../source/problem.ts'
import { createSourceBase, type SourceBase } from '../source/source-base.ts'
import { createSource } from '../source/source.ts'
import { abandon, type HttpRun } from './delivery.ts'
import { createExchange } from './exchange.ts'
import { guardHandlers } from './guard.ts'
import type { HttpHandler, HttpPageRun, HttpSource } from './http-handler.ts'
import type { ResolvedHttp } from './http-options.ts'
import type { HttpRequest } from './http-request.ts'
import { createHttpServer } from './http-server.ts'

type StreamAddress = Exclude<ListenAddress, { readonly transport: 'udp' }>

/** A source of the samples that some handlers take. All subscribers get those of `respond`, each its own of the port. */
export function httpSource(
  name: string,
  unguarded: readonly HttpHandler[],
  options: ResolvedHttp,
): HttpSource<Sample> {
  const { host, port, tls, allow } = options
  const own =
    port === undefined ? [] : [{ transport: tls === undefined ? 'tcp' : 'tls', host, port } as const]
  const addresses = addressesOf(options, own).filter(isStream)
  const handlers = guardHandlers(unguarded, options)
  const base = createSourceBase<ProblemReason>(name, options.clock)
  const exchange = createExchange(base, handlers, options)
  const isAllowed = createAllowedPeers(allow)
  const runs = new Set<HttpRun>()
  const pages = createPages(base, handlers, runs)
  const source = createSource<Sample, ProblemReason>(base, (run) => {
    const current: HttpRun = { run, pending: new Set() }
    runs.add(current)
    pages.opened()
    const only = new Set([current])
    const connections = createConnections(base, { ...options, ...ofRequests }, isAllowed)
    const stops = new Set<() => void>()
    const stop = bindAll(base, addresses, run, (address, told) => {
      const server = createHttpServer(address.transport, options, base, connections, (request) =>
        exchange(request, only),
      )
      stops.add(() => server.closeAllConnections())
      return bindServer(server, base, address, told)
    })
    return () => {
      runs.delete(current)
      pages.left()
      abandon(current)
      stop()
      for (const close of stops) close()
      connections.close()
    }
  })
  return Object.assign(source, {
    handlers,
    respond: (request: HttpRequest) => exchange(request, runs),
  })
}

/** Opens the pages of a source while anybody has subscribed. */
function createPages(
  base: SourceBase<ProblemReason>,
  handlers: readonly HttpHandler[],
  runs: ReadonlySet<HttpRun>,
): { opened(): void; left(): void } {
  let closing: readonly (() => void)[] = []
  const own: HttpPageRun = {
    report: (reason, message, place) => base.report(reason, message, place),
    fail: (error) => [...runs].forEach(({ run }) => run.fail(error)),
  }
  return {
    opened() {
      if (runs.size === 1) closing = handlers.flatMap((one) => ('answer' in one ? [one.open(own)] : []))
    },
    left() {
      if (runs.size > 0) return
      for (const close of closing) close()
      closing = []
    },
  }
}

/** The server itself closes connections between requests, and slow requests. */
const ofRequests = { idleTimeoutMs: 0, maxConnectionMs: 0 }

const isStream = (address: ListenAddress): address is StreamAddress => address.transport !== 'udp'
