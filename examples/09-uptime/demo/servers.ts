import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

import type { Target } from '../targets.ts'
import { makeCertificate } from './certificate.ts'

/** In every so many ms … */
const cycleMs = 20_000
/** … so many are bad ones, first after 4 s, and for the second target 8 s later. */
const [badMs, firstMs, laterMs] = [6000, 4000, 8000]

/** What a target does while it is bad; the others never are. */
const ways: Readonly<Record<string, RequestListener | undefined>> = {
  shop: (_, response) => response.writeHead(503).end('out of order'),
  // It takes the question and never answers.
  feed: () => undefined,
  pay: undefined,
  blog: undefined,
}

/** Whom there is to look at. */
export const targetNames: readonly string[] = Object.keys(ways)

/** How many days the certificates of those that have one are still good for. */
const certificateDays: ReadonlyMap<string, number> = new Map([
  ['pay', 10],
  ['blog', 2],
])

/**
 * Servers of this machine that are looked at, of which two fail now and then. Writes a file of targets about them, since their ports
 * are others each time.
 */
export async function startServers(folder: string, file: string): Promise<AsyncDisposable> {
  const begin = Date.now()
  const servers: Server[] = []
  const targets: Target[] = []
  for (const [index, [name, bad]] of Object.entries(ways).entries()) {
    const answer: RequestListener = (request, response) => {
      const isBad = (cycleMs + Date.now() - begin - firstMs - index * laterMs) % cycleMs < badMs
      if (isBad && bad !== undefined) bad(request, response)
      else response.end('all is well')
    }
    const days = certificateDays.get(name)
    const own = days === undefined ? undefined : makeCertificate(days, begin)
    const server = own === undefined ? createServer(answer) : createSecureServer(own, answer)
    servers.push(server.listen(0, '127.0.0.1'))
    await once(server, 'listening')
    const url = `${own === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const target = { name, url, every: '2s', contains: 'well' }
    targets.push(own === undefined ? target : { ...target, authorities: `${name}.pem` })
    if (own !== undefined) writeFileSync(join(folder, `${name}.pem`), own.cert)
  }
  writeFileSync(file, `${JSON.stringify({ targets }, undefined, 2)}\n`)
  return {
    [Symbol.asyncDispose]: async () => {
      for (const server of servers) {
        server.closeAllConnections()
        server.close()
        await once(server, 'close')
      }
    },
  }
}
