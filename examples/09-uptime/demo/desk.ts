import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

import { verifyWebhook, type Notification } from '@tocsin/notify'

/** Where outages go: somebody who takes signed webhooks, and here only prints them. */
export async function startDesk(secret: string): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const verdict = verifyWebhook(body, request.headers, secret)
      response.writeHead(verdict.ok ? 200 : 401).end()
      if (verdict.ok) console.log(`outages      | ${(JSON.parse(body) as Notification).subject}`)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
