import { createServer, connect, type Server, type Socket } from 'node:net'
import { once } from 'node:events'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { pollCheck, type Check, type CheckContext, type CheckOutcome } from '../../../src/checks/index.ts'
import { checkConformance, type CheckUnderTest } from '../../../src/testing/index.ts'

let server: Server
let manner = 'good'
const sockets = new Set<Socket>()
let port = 0
beforeAll(async () => {
  server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined)
    if (manner === 'good') socket.end('hello\n')
    else if (manner === 'absent') socket.destroy()
    else if (manner === 'hostile') {
      const pour = (): void => void socket.write('x'.repeat(1000), () => setImmediate(pour))
      pour()
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  ;({ port } = server.address() as { port: number })
})
afterAll(async () => {
  for (const socket of sockets) socket.destroy()
  await new Promise((resolve) => server.close(resolve))
})

const secret = 'geheim"7'

/** Reads a banner; what a fault does otherwise is in `change`. */
const banner = ({ signal, found }: CheckContext, forget = false): Promise<CheckOutcome> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    const end = (act: () => void): void => {
      if (!forget) socket.destroy()
      act()
    }
    const stop = (): void => end(() => reject(new Error('ended')))
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop)
    socket.on('error', (error) => end(() => reject(error)))
    socket.on('close', () => end(() => reject(new Error('it closed'))))
    socket.on('data', (data) => {
      text += data.toString()
      if (text.length > 5000) end(() => resolve(found.bad('it says too much')))
      if (!text.includes('\n')) return
      found.text('banner', text)
      end(() => resolve(found.good()))
    })
  })

const target: Omit<CheckUnderTest, 'create'> = {
  good: () => void (manner = 'good'),
  absent: () => void (manner = 'absent'),
  hanging: () => void (manner = 'hanging'),
  hostile: () => void (manner = 'hostile'),
  openCount: () => sockets.size,
  secrets: [secret],
  timeoutMs: 300,
}
const of = (run: Check['run']): CheckUnderTest => ({ ...target, create: () => ({ name: 'own', run }) })

const failures = async (subject: CheckUnderTest): Promise<readonly string[]> => {
  const failed: string[] = []
  for (const { run } of checkConformance(subject))
    await run().catch((error: unknown) => failed.push((error as Error).message))
  return failed
}

/** Measures into what the last run was given. */
function mixing(): Check {
  let last: CheckContext
  return {
    name: 'own',
    async run(context) {
      last = context
      const outcome = await banner(context)
      last.found.gauge('more', 1)
      return outcome
    },
  }
}

/** What careless checks leave behind. */
const timers: NodeJS.Timeout[] = []
const faults: Readonly<Record<string, readonly [CheckUnderTest, string]>> = {
  'works before it is run': [
    {
      ...of(banner),
      create: () => (timers.push(setTimeout(() => undefined, 600_000)), { name: 'own', run: banner }),
    },
    'does nothing before it is run: 1 were left: Timeout',
  ],
  'gives nothing': [
    of(async () => ({}) as never),
    'gives an outcome that is one, and is good where its target is: it gave state',
  ],
  'gives samples that are none': [
    of(async () => ({ state: 'good', samples: [{}] }) as never),
    'gives an outcome that is one, and is good where its target is: it gave samples[0]',
  ],
  'measures what is no number': [
    of(async (context) => (context.found.gauge('x', NaN), banner(context))),
    'gives an outcome that is one, and is good where its target is: 1 values could not be taken',
  ],
  'is never good': [
    of(async ({ found }) => found.bad('no')),
    'gives an outcome that is one, and is good where its target is: its state is bad: no',
  ],
  'keeps a timer': [
    of((context) => (timers.push(setTimeout(() => undefined, 600_000)), banner(context))),
    'leaves nothing open, and keeps no timer: 2 were left: Timeout',
  ],
  'leaves its connection open': [
    of((context) => banner(context, true)),
    'ends when its signal is aborted, and leaves nothing open: 2 were left: TCPWRAP',
  ],
  'hears no signal': [
    of((context) => banner({ ...context, signal: new AbortController().signal })),
    'ends when its signal is aborted, and leaves nothing open: it has not ended after 300 ms',
  ],
  'asks for the signal when it is too late': [
    of(async (context) => {
      if (context.signal.aborted) return new Promise(() => undefined)
      return banner(context)
    }),
    'ends where its signal was aborted before: it has not ended after 300 ms',
  ],
  'is always good': [
    of(async ({ found }) => found.good()),
    'is not good where its target is not there: it was good',
  ],
  'believes anybody': [
    of((context) =>
      banner(context)
        .catch((error: unknown) => {
          if (manner !== 'hostile') throw error
          return context.found.good()
        })
        .then((outcome) => (manner === 'hostile' ? context.found.good() : outcome)),
    ),
    'bears a hostile target: it is not good, ends and leaves nothing open: it was good',
  ],
  'mixes its runs': [{ ...target, create: mixing }, 'keeps two runs apart: it measured'],
  'tells its password': [
    of((context) =>
      banner(context).catch((error: unknown) => {
        throw new Error(`login with ${secret} failed`, { cause: error })
      }),
    ),
    'repeats no secret: it told 1 of them',
  ],
}

describe('checkConformance', () => {
  it('finds nothing with a check that keeps all promises', async () => {
    expect(await failures(of((context) => banner(context)))).toEqual([])
    expect(checkConformance(of(banner))).toHaveLength(9)
  })

  it('takes a check without a target', async () => {
    expect(await failures({ create: () => pollCheck('x', async () => ({ depth: 1 })) })).toEqual([])
  })

  it.each(Object.entries(faults))('finds one that %s', async (_, [subject, sentence]) => {
    const failed = await failures(subject)
    for (const timer of timers) clearTimeout(timer)
    expect(
      failed.some((message) => message.startsWith(sentence)),
      failed.join('\n'),
    ).toBe(true)
  })

  it('refuses what is no check, and wrong options', async () => {
    expect(() => checkConformance({ create: 5 } as never)).toThrow('PROTOCOL_BAD_OPTION')
    expect(() => checkConformance({ ...target, create: mixing, secrets: [''] })).toThrow('"secrets"')
    expect(await failures({ create: () => ({}) as never })).toContainEqual(
      expect.stringContaining('create() must give a check'),
    )
  })
})
