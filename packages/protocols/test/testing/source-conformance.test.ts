import { createSocket } from 'node:dgram'
import { request } from 'node:http'
import { connect } from 'node:net'

import { NEVER, throwError } from 'rxjs'
import { describe, expect, it, onTestFinished, vi } from 'vitest'

import { checks, type CheckOutcome } from '../../src/checks/index.ts'
import { graphite } from '../../src/graphite/index.ts'
import { hostMetrics } from '../../src/host/index.ts'
import { httpTrap } from '../../src/http-trap/index.ts'
import { source, type Source } from '../../src/index.ts'
import { statsd } from '../../src/statsd/index.ts'
import { createHostReader } from '../../src/host/read-host.ts'
import { sourceConformance } from '../../src/testing/index.ts'
import type { ConformanceCase, TestedSource } from '../../src/testing/index.ts'
import { portOf, sendUdp } from '../sockets.ts'

/** How each source is asked whether it still does something. */
const probes = new WeakMap<object, () => Promise<boolean>>()
const isRunning = async (made: object): Promise<boolean> => (await probes.get(made)?.()) ?? false

/** With the port that it had, for once it is left it says nothing of it. */
function probed<S extends Source<unknown>>(made: S, isTaken: (port: number) => Promise<boolean>): S {
  let last = 0
  made.listening.subscribe(({ port }) => (last = port))
  probes.set(made, async () => last !== 0 && isTaken(last))
  return made
}

/** A source whose work is counted: it is running while more is done. */
function counted<S extends Source<unknown, string>>(make: (work: () => void) => S): S {
  let count = 0
  const made = make(() => (count += 1))
  probes.set(made, async () => {
    const before = count
    await new Promise((resolve) => setTimeout(resolve, 100))
    return count > before
  })
  return made
}

const isTakenUdp = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createSocket('udp4')
    socket.on('error', () => resolve(true))
    socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(false)))
  })
const isTakenTcp = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })

const datagram = (text: string) => async (to: Source<unknown>) => sendUdp(await portOf(to), text)

const line = (text: string) => async (to: Source<unknown>) => {
  const socket = connect(await portOf(to), '127.0.0.1')
  await new Promise((resolve) => socket.on('error', resolve).end(text, () => resolve(undefined)))
}

/** The answer comes with the acknowledgement, so that nobody waits for it. */
const post = (body: string) => async (to: Source<unknown>) => {
  const port = await portOf(to)
  await new Promise((resolve) => {
    request({ port, host: '127.0.0.1', method: 'POST', path: '/module/httptrap/secret', agent: false })
      .on('response', (response) => response.resume())
      .on('error', resolve)
      .end(body, () => resolve(undefined))
  })
}

/** Ticks as long as there is room. */
function ticking(): Source<number, string> {
  let timers = 0
  const made = source<number>((run) => {
    const timer = setInterval(() => run.hasRoom && run.emit([1, 2]))
    timers += 1
    return () => {
      clearInterval(timer)
      timers -= 1
    }
  })
  probes.set(made, () => Promise.resolve(timers > 0))
  return made
}

const queues = new WeakMap<object, Set<(values: number[]) => void>>()

/** Keeps what has no room until there is. */
function queueing(): Source<number, string> {
  const own = new Set<(values: number[]) => void>()
  const made = source<number>((run) => {
    const put = (values: number[]): void => run.whenRoom(() => run.emit(values))
    own.add(put)
    return () => own.delete(put)
  })
  queues.set(made, own)
  probes.set(made, () => Promise.resolve(own.size > 0))
  return made
}

const families: Readonly<Record<string, readonly ConformanceCase[]>> = {
  statsd: sourceConformance({
    create: () => probed(statsd({ port: 0 }), isTakenUdp),
    send: datagram('a:1|c\nb:2|g'),
    valuesPerSend: 2,
    spoil: datagram('???'),
    isRunning,
  }),
  'statsd over TCP': sourceConformance({
    create: () => probed(statsd({ port: 0, transport: 'tcp' }), isTakenTcp),
    send: line('a:1|c\nb:2|g\n'),
    valuesPerSend: 2,
    spoil: line('???\n'),
    isRunning,
    canWait: true,
  }),
  graphite: sourceConformance({
    create: () => probed(graphite({ port: 0 }), isTakenTcp),
    send: line('a 1 1700000000\nb 2 1700000000\n'),
    valuesPerSend: 2,
    spoil: line('???\n'),
    isRunning,
    canWait: true,
  }),
  httpTrap: sourceConformance({
    create: () => probed(httpTrap({ port: 0, secret: 'secret' }), isTakenTcp),
    send: post('{"a":1,"b":2}'),
    valuesPerSend: 2,
    spoil: post('{"a"'),
    isRunning,
  }),
  hostMetrics: sourceConformance({
    create: () => {
      const read = createHostReader()()
      return counted((work) =>
        hostMetrics({
          periodMs: 10,
          read: (look) => {
            work()
            return read(look)
          },
        }),
      )
    },
    isRunning,
  }),
  checks: sourceConformance({
    create: () =>
      counted((work) => {
        const run = (): Promise<CheckOutcome> => {
          work()
          return Promise.resolve({ state: 'good' })
        }
        return checks([{ check: { name: 'own', run }, periodMs: 10, timeoutMs: 9 }])
      }),
    isRunning,
  }),
  'a source of one’s own that ticks': sourceConformance({ create: ticking, isRunning, canWait: true }),
  'a source of one’s own that queues': sourceConformance({
    create: queueing,
    send: (to) => queues.get(to)?.forEach((put) => put([1, 2])),
    valuesPerSend: 2,
    isRunning,
    canWait: true,
  }),
}

describe.concurrent.each(Object.entries(families))('%s', (_, cases) => {
  it.each(cases.map(({ name, run }) => [name, run] as const))('%s', (_name, run) => run())
})

describe('the suite', () => {
  it('says what a source ended with', async () => {
    const failed = (): TestedSource => {
      const good = ticking()
      const { stats, problems } = good
      const stream = throwError(() => new Error('taken'))
      return Object.assign(stream, { stats, problems, batches: () => good.batches() })
    }
    const sentences = await Promise.all(
      sourceConformance({ create: failed }).map(({ run }) => run().catch((error: unknown) => String(error))),
    )
    expect(sentences).toContain(
      'Error: stops when it is left in the middle of a batch: it ended with an error: taken',
    )
  })

  it('does not wait for ever for a send that waits for its answer', async () => {
    const cases = sourceConformance({
      create: ticking,
      send: () => new Promise(() => undefined),
      timeoutMs: 20,
    })
    await expect(cases.find(({ name }) => name.startsWith('has values'))?.run()).rejects.toThrow(
      'send has not resolved after 20 ms; it must not wait for an answer',
    )
  })

  it('leaves a source also where a case fails', async () => {
    const made: TestedSource[] = []
    const create = (): TestedSource => {
      const one = ticking()
      made.push(one)
      return one
    }
    const cases = sourceConformance({ create, send: () => Promise.reject(new Error('no way there')) })
    const outcomes = await Promise.allSettled(cases.map(({ run }) => run()))
    expect(outcomes.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(5)
    expect(await Promise.all(made.map(isRunning))).not.toContain(true)
  })

  it('waits for nothing any more when its cases are over', async () => {
    const cases = sourceConformance({
      create: ticking,
      send: () => new Promise(() => undefined),
      timeoutMs: 60,
    })
    await Promise.allSettled(cases.map(({ run }) => run()))
    const timers = vi.spyOn(globalThis, 'setTimeout')
    onTestFinished(() => {
      timers.mockRestore()
    })
    await new Promise<void>((resolve) => {
      const pause = setInterval(() => {
        clearInterval(pause)
        resolve()
      }, 40)
    })
    expect(timers).not.toHaveBeenCalled()
  })

  it('has the case of bad data only where something can be spoilt', () => {
    const bad = (cases: readonly ConformanceCase[]): number =>
      cases.filter(({ name }) => name.startsWith('tells of what it cannot read')).length
    expect([
      bad(sourceConformance({ create: ticking })),
      bad(sourceConformance({ create: ticking, spoil: () => undefined })),
    ]).toEqual([0, 1])
  })
})

it('refuses wrong options at the call, and says in each case that it was given no source', async () => {
  expect(() => sourceConformance({ creat: ticking } as never)).toThrow('PROTOCOL_BAD_OPTION')
  expect(() => sourceConformance({ create: ticking, valuesPerSend: 0 })).toThrow('PROTOCOL_BAD_OPTION')
  const [first] = sourceConformance({ create: () => NEVER as never })
  await expect(first?.run()).rejects.toThrow('create() must give a source')
})
