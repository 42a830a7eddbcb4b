import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a webhook was told. */
export interface Received {
  /** The `webhook-id` header: the same for repeats of one notification. */
  readonly id: string
  readonly body: {
    readonly kind: string
    readonly severity: number
    readonly alerts: readonly [{ readonly id: string; readonly openedAt: number }]
  }
}

/** A webhook on a free port of loopback that keeps what it is told. */
export async function startReceiver(): Promise<{ url: string; received: Received[]; close(): void }> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    request.on('end', () => {
      received.push({ id: String(request.headers['webhook-id']), body: JSON.parse(text) as Received['body'] })
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    received,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
