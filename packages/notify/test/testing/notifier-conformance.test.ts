import { SMTPServer } from 'smtp-server'
import { describe, expect, it } from 'vitest'

import { emailNotifier } from '../../src/email.ts'
import { consoleNotifier, deliveryFailure } from '../../src/index.ts'
import type { Notifier } from '../../src/index.ts'
import { notifierConformance, recordingNotifier } from '../../src/testing/index.ts'
import type { NotifierAnswer, NotifierScene, ReceiverBehaviour } from '../../src/testing/index.ts'
import { webhookNotifier } from '../../src/webhook.ts'
import { freePort, httpScene, listen } from '../support/servers.ts'

const all: readonly ReceiverBehaviour[] = ['takes', 'fails', 'limits', 'refuses', 'hangs', 'resets', 'absent']

const webhook = async (behaviour: ReceiverBehaviour): Promise<NotifierScene> => {
  const { url, received } = await httpScene(behaviour)
  const headers = { authorization: 'hidden-token' }
  return { notifier: webhookNotifier({ url, headers, allow: 'private' }), received: () => received }
}

const statuses: Partial<Record<ReceiverBehaviour, number>> = { fails: 451, refuses: 550 }

const email = async (behaviour: ReceiverBehaviour): Promise<NotifierScene> => {
  const received: string[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onMailFrom: (_, __, done) => {
      const responseCode = statuses[behaviour]
      done(responseCode === undefined ? null : Object.assign(new Error('hidden-reason'), { responseCode }))
    },
    onData: (stream, { remoteAddress }, done) => {
      let source = ''
      stream.setEncoding('utf8').on('data', (text: string) => (source += text))
      stream.on('end', () => {
        if (behaviour === 'hangs') return
        if (behaviour === 'resets') for (const socket of sockets) socket.destroy()
        received.push(source)
        done(remoteAddress === '' ? new Error('never') : null)
      })
    },
  })
  server.on('error', () => undefined)
  const { port, sockets } =
    behaviour === 'absent'
      ? { port: await freePort(), sockets: new Set<never>() }
      : await listen(server.server)
  const smtp = { host: '127.0.0.1', port, allow: 'private' } as const
  const addresses = { from: 'tocsin@example.com', to: 'hidden-address@example.com' }
  return { notifier: emailNotifier({ smtp, ...addresses }), received: () => received }
}

const recording = (behaviour: ReceiverBehaviour): NotifierScene => {
  const answers: Partial<Record<ReceiverBehaviour, NotifierAnswer>> = {
    takes: 'ok',
    fails: 'fail',
    limits: { rateLimitMs: 60_000 },
    refuses: 'refuse',
    hangs: 'hang',
    resets: 'lose',
    absent: 'unreachable',
  }
  const notifier = recordingNotifier({ script: [answers[behaviour] ?? 'ok'] })
  return {
    notifier,
    received: () =>
      notifier.attempts.filter(({ answer }) => answer !== 'aborted').map((each) => JSON.stringify(each)),
  }
}

const printing = (): NotifierScene => {
  const lines: string[] = []
  return { notifier: consoleNotifier({ write: (line) => lines.push(line) }), received: () => lines }
}

describe.each([
  ['a webhook', { start: webhook, behaviours: all, secrets: ['hidden', '127.0.0.1'] }],
  // A mail server has no word for too many.
  [
    'mail',
    { start: email, behaviours: all.filter((each) => each !== 'limits'), secrets: ['hidden', '127.0.0.1'] },
  ],
  ['a recording notifier', { start: recording, behaviours: all }],
  ['the console', { start: printing }],
])('%s', (_, subject) => {
  it.each(notifierConformance(subject))('$name', async ({ run }) => run())
})

/** Which promises a notifier breaks whose `send` is this, for a receiver that does whatever it is asked to. */
async function broken(
  send: (scene: NotifierScene, ...args: Parameters<Notifier['send']>) => Promise<unknown>,
  secrets: readonly string[] = [],
): Promise<string[]> {
  const cases = notifierConformance({
    behaviours: all,
    secrets,
    start: (behaviour) => {
      const scene = recording(behaviour)
      return { ...scene, notifier: { send: (told, signal) => send(scene, told, signal) } }
    },
  })
  const names: string[] = []
  for (const { name, run } of cases) {
    await run().catch((error: unknown) => {
      expect(String(error)).toContain(name)
      names.push(name)
    })
  }
  return names
}

describe('what is wrong in a notifier is found:', () => {
  it('nothing, where nothing is', async () => {
    expect(await broken(async ({ notifier }, told, signal) => notifier.send(told, signal))).toEqual([])
  })

  it('it says that all is well', async () => {
    const found = await broken(async ({ notifier }, told, signal) =>
      notifier.send(told, signal).catch(() => undefined),
    )
    expect(found).toHaveLength(7)
  })

  it('it takes every failure for one that may pass', async () => {
    const found = await broken(async ({ notifier }, told, signal) =>
      notifier.send(told, signal).catch(() => {
        throw new Error('failed')
      }),
    )
    expect(found).toEqual([
      'says of a receiver that limits that the failure is rate-limited',
      'says of a receiver that refuses that the failure is permanent',
      'says of a receiver that is not there that it did not arrive, and may later',
    ])
  })

  it('it does not say that it did not arrive, and is told what to give', async () => {
    const [own] = notifierConformance({
      behaviours: ['absent'],
      start: () => ({
        received: () => [],
        notifier: { send: () => Promise.reject(deliveryFailure('transient', 'no way')) },
      }),
    })
    await expect(own?.run()).rejects.toThrow("no way; give deliveryFailure arrived: 'no'")
  })

  it('it says of everything that it did not arrive', async () => {
    const found = await broken(async ({ notifier }, told, signal) =>
      notifier.send(told, signal).catch(() => {
        throw deliveryFailure('transient', 'failed', { arrived: 'no' })
      }),
    )
    expect(found).toContain('says of an answer that was lost that it may have arrived')
  })

  it('it changes ids', async () => {
    let turn = 0
    const found = await broken(async ({ notifier }, told, signal) =>
      notifier.send({ ...told, id: String(turn++).padStart(32, 'f') }, signal),
    )
    expect(found).toContain('resolves when the notification was taken, of which the receiver has the id')
    expect(found).toContain('tells a repeat by the id, and not by anything new')
  })

  it('it tells a secret', async () => {
    const found = await broken(
      async ({ notifier }, told, signal) =>
        notifier.send(told, signal).catch((cause: unknown) => {
          throw new Error('failed', { cause: new Error('POST https://hidden.example', { cause }) })
        }),
      ['hidden.example'],
    )
    expect(found.length).toBeGreaterThanOrEqual(5)
  })

  it('it lets a subject into the head', async () => {
    const lines: string[] = []
    const cases = notifierConformance({
      start: () => ({
        received: () => lines,
        notifier: { send: async ({ id, subject }) => lines.push(`Id: ${id}\nSubject: ${subject}\n\n`) },
      }),
    })
    const own = cases.find(({ name }) => name === 'lets nothing into a header that is not of one line')
    await expect(own?.run()).rejects.toThrow('a subject became a header')
  })

  it('options that cannot be', () => {
    expect(() => notifierConformance({} as never)).toThrow('NOTIFY_BAD_OPTION')
    expect(() => notifierConformance({ start: printing, behaviours: ['explodes' as 'takes'] })).toThrow(
      'NOTIFY_BAD_OPTION',
    )
  })
})
