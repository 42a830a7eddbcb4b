import type { Sample } from '@tocsin/core'

import { badOption } from '../errors.ts'
import { parseAddress, type ListenAddress } from '../listening/address.ts'
import { createAllowedPeers } from '../listening/allowed-peers.ts'
import { bindServer } from '../listening/bind.ts'
import { createConnections } from '../listening/connections.ts'
import { bindAll } from '../listening/listening-source.ts'
import type { ProblemReason } from '../source/problem.ts'
import { createSourceBase } from '../source/source-base.ts'
import { createSource } from '../source/source.ts'
import { abandon, type HttpRun } from './delivery.ts'
import { createExchange } from './exchange.ts'
import type { HttpHandler, HttpSource } from './http-handler.ts'
import type { ResolvedHttp } from './http-options.ts'
import type { HttpRequest } from './http-request.ts'
import { createHttpServer } from './http-server.ts'

type StreamAddress = Exclude<ListenAddress, { readonly transport: 'udp' }>

/** A source of the samples that some handlers take. All subscribers get those of `respond`, each its own of the port. */
export function httpSource(
  name: string,
  handlers: readonly HttpHandler[],
  options: ResolvedHttp,
): HttpSource<Sample> {
  const addresses = addressesOf(options)
  const base = createSourceBase<ProblemReason>(name, options.clock)
  const exchange = createExchange(base, handlers, options)
  const isAllowed = createAllowedPeers(options.allow)
  const runs = new Set<HttpRun>()
  const source = createSource<Sample, ProblemReason>(base, (run) => {
    const own: HttpRun = { run, pending: new Set() }
    runs.add(own)
    const only = new Set([own])
    const connections = createConnections(base, { ...options, ...ofRequests }, isAllowed)
    const stops = new Set<() => void>()
    const stop = bindAll(base, addresses, run, (address, told) => {
      const server = createHttpServer(address.transport === 'tls', options, base, connections, (request) =>
        exchange(request, only),
      )
      stops.add(() => server.closeAllConnections())
      return bindServer(server, base, address, told)
    })
    return () => {
      runs.delete(own)
      abandon(own)
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

/** The server itself closes connections between requests, and slow requests. */
const ofRequests = { idleTimeoutMs: 0, maxConnectionMs: 0 }

function addressesOf({ host, port, listen, tls }: ResolvedHttp): readonly StreamAddress[] {
  const own =
    port === undefined ? [] : [{ transport: tls === undefined ? 'tcp' : 'tls', host, port } as const]
  const addresses = listen === undefined ? own : listen.map(parseAddress).filter(isStream)
  if (tls === undefined && addresses.some(({ transport }) => transport === 'tls'))
    throw badOption('to listen on tls, option "tls" must give key and cert')
  return addresses
}

const isStream = (address: ListenAddress | undefined): address is StreamAddress =>
  address !== undefined && address.transport !== 'udp'
