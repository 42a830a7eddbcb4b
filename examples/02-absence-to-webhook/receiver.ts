import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { text } from 'node:stream/consumers'

import { verifyWebhook } from '@tocsin/notify'
import type { Notification } from '@tocsin/notify'

/** Who is told: takes what is signed with the secret, and nothing else. */
export function receiver(secret: string): Server {
  return createServer((request, response) => {
    void text(request).then((body) => {
      // The signature is over the bytes that came, so they are verified before they are parsed.
      const verdict = verifyWebhook(body, request.headers, secret)
      response.writeHead(verdict.ok ? 200 : 401).end()
      const what = verdict.ok ? (JSON.parse(body) as Notification).subject : `refused, ${verdict.reason}`
      console.log(`receiver: ${what}`)
    })
  })
}
