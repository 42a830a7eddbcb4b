import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'

import { verifyWebhook, type Notification } from '@tocsin/notify'

import { listening, type Listening } from '../listening.ts'

/** Where outages go: somebody who takes signed webhooks, and here only prints them. */
export async function startDesk(secret: string): Promise<Listening> {
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const verdict = verifyWebhook(body, request.headers, secret)
      response.writeHead(verdict.ok ? 200 : 401).end()
      if (verdict.ok) console.log(`outages      | ${(JSON.parse(body) as Notification).subject}`)
    })
  })
  return listening(server, 0)
}
