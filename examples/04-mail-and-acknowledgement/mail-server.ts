import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

import { SMTPServer } from 'smtp-server'

/** A mail server that delivers to the terminal. */
export async function startMailServer(): Promise<{ port: number; close: () => void }> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (mail, { envelope }, done) => {
      void text(mail).then((source) => {
        const to = envelope.rcptTo.map(({ address }) => address).join(', ')
        const subject = /^Subject: (.*(?:\r\n .*)*)/m.exec(source)?.[1]?.replaceAll('\r\n', '')
        console.log(`  MAIL to ${to}: ${subject ?? ''}`)
        done()
      })
    },
  })
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  return { port: (server.server.address() as AddressInfo).port, close: () => server.close() }
}
