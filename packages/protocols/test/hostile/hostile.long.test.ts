import { spawn, type ChildProcess } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'

import { gone } from '../sockets.ts'
import type { Told } from './victim.ts'

/** What the process may grow by under each attack, beside what its options let it keep: far below what each would take unbounded. */
const maxGrowth = 200 << 20

/** As the process is told. */
const maxNameBytes = 16 << 20
const hostileNames = Number(process.env['TOCSIN_HOSTILE_NAMES'] ?? 250_000)
/** They take some of a minute of processor time, of which a busy machine gives little at a time. */
const longest = 1_200_000

interface Ports {
  readonly udp: number
  readonly tcp: number
  readonly graphite: number
  readonly trap: number
  readonly deaf: number
}

let victim: ChildProcess
let ports: Ports
let answers: AsyncIterator<string>
const say = async <T>(): Promise<T> => JSON.parse(((await answers.next()) as { value: string }).value) as T
const ask = (question: 'collect' | '' = ''): Promise<Told> => {
  victim.stdin?.write(`${question}\n`)
  return say()
}

beforeAll(async () => {
  victim = spawn(
    process.execPath,
    ['--expose-gc', '--import', 'tsx', fileURLToPath(new URL('victim.ts', import.meta.url))],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  answers = createInterface({ input: victim.stdout! })[Symbol.asyncIterator]()
  const [udp = 0, tcp = 0, graphite = 0, trap = 0, deaf = 0] = await say<number[]>()
  ports = { udp, tcp, graphite, trap, deaf }
})
afterAll(() => void victim.stdin?.end())

/** A connection from an address of its own, since each address may have only so many. */
function open(port: number, localAddress = '127.0.0.1'): Socket {
  const socket = connect({ port, host: '127.0.0.1', localAddress })
  return socket.on('error', () => undefined)
}

const post = (path: string, headers: readonly string[], body: string | Buffer, port: number): Socket => {
  const socket = open(port)
  socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\n${headers.map((one) => `${one}\r\n`).join('')}\r\n`)
  socket.write(body)
  return socket
}
const sized = (body: string | Buffer): string => `content-length: ${Buffer.byteLength(body)}`

/** Somebody else sends a line, a point and a value meanwhile, until all three have come. */
async function othersAreServed(name: string): Promise<void> {
  const metric = `good.${name}`
  const body = JSON.stringify({ [metric]: 1 })
  await expect
    .poll(async () => {
      open(ports.tcp, '127.0.0.9').end(`${metric}:1|c\n`)
      open(ports.graphite, '127.0.0.9').end(`${metric} 1 -1\n`)
      const socket = open(ports.trap, '127.0.0.9')
      socket.end(
        `POST /module/httptrap/x HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${sized(body)}\r\n\r\n${body}`,
      )
      await gone(socket.resume())
      return (await ask()).served[metric] ?? 0
    })
    .toBeGreaterThanOrEqual(3)
}

/** Attacks, sees that others are served meanwhile, and that memory stays bounded. */
async function bear(name: string, attack: () => Promise<unknown>): Promise<Told> {
  const before = await ask()
  const over = attack()
  await othersAreServed(name)
  await over
  const after = await ask()
  const grown = after.rss - before.rss
  console.log(
    `${name}: grew by ${(grown / 2 ** 20).toFixed(0)} MiB, loop delay p99 ${after.delayP99Ms.toFixed(0)} ms`,
  )
  expect(grown).toBeLessThan(maxGrowth)
  return { ...after, refused: after.refused - before.refused, problems: after.problems - before.problems }
}

describe('a process that listens for everything bears', () => {
  it('1,024 silent connections of one address to each port', async () => {
    const { refused } = await bear('silent', async () => {
      const before = await ask()
      // On a busy machine the first have been sent away for their silence before the last come: they come again.
      do {
        const silent = [ports.tcp, ports.graphite, ports.trap].flatMap((port) =>
          Array.from({ length: 1024 }, () => open(port).resume()),
        )
        onTestFinished(() => silent.forEach((socket) => socket.destroy()))
        await Promise.all(silent.map(gone))
      } while ((await ask()).refused - before.refused <= 1500)
    })
    expect(refused).toBeGreaterThan(1500)
  })

  it('senders of a byte now and then', async () => {
    await bear('slow', async () => {
      const slow = Array.from({ length: 100 }, (_, at) => open([ports.tcp, ports.graphite][at % 2] ?? 0))
      const late = Array.from({ length: 50 }, () =>
        post('/module/httptrap/x', ['content-length: 1000'], '', ports.trap),
      )
      const drip = setInterval(() => [...slow, ...late].forEach((socket) => socket.write(' ')), 20)
      await Promise.all([...slow, ...late].map((socket) => gone(socket.resume())))
      clearInterval(drip)
    })
  })

  it('lines and bodies one byte before their limits, on many connections', async () => {
    await bear('nearly', async () => {
      const line = 'x'.repeat(8191)
      const lines = Array.from({ length: 60 }, () => {
        const socket = open(ports.tcp)
        socket.write(line)
        return socket
      })
      const bodies = Array.from({ length: 60 }, () =>
        post('/module/httptrap/x', [`content-length: ${1 << 20}`], 'x'.repeat((1 << 20) - 1), ports.trap),
      )
      await Promise.all([...lines, ...bodies].map((socket) => gone(socket.resume())))
    })
  })

  it('floods of headers', async () => {
    const { refused } = await bear('headers', async () => {
      const flood = Array.from({ length: 5000 }, (_, at) => `x-${at}: ${'y'.repeat(40)}`)
      for (let round = 0; round < 20; round += 1)
        await gone(post('/module/httptrap/x', flood, '', ports.trap).resume())
    })
    expect(refused).toBeGreaterThanOrEqual(20)
  })

  it('bombs of gzip', async () => {
    const bomb = gzipSync(Buffer.alloc(512 << 20, ' '))
    const { problems } = await bear('bombs', async () => {
      for (let round = 0; round < 5; round += 1) {
        const bombs = Array.from({ length: 8 }, () =>
          post(
            '/module/httptrap/x',
            ['connection: close', 'content-encoding: gzip', sized(bomb)],
            bomb,
            ports.trap,
          ),
        )
        await Promise.all(bombs.map((socket) => gone(socket.resume())))
      }
    })
    expect(problems).toBeGreaterThan(0)
  })

  it('chunks of one byte', async () => {
    await bear('chunks', async () => {
      const one = '1\r\nx\r\n'.repeat(1 << 19)
      const senders = Array.from({ length: 8 }, () =>
        post('/module/httptrap/x', ['transfer-encoding: chunked'], one, ports.trap),
      )
      await Promise.all(senders.map((socket) => gone(socket.resume())))
    })
  })

  it('samples that nobody acknowledges', async () => {
    const body = JSON.stringify(Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`n${at}`, at])))
    await bear('deaf', async () => {
      for (let round = 0; round < 10; round += 1) {
        const waiting = Array.from({ length: 30 }, () =>
          post('/deaf/x', ['connection: close', sized(body)], body, ports.deaf),
        )
        await Promise.all(waiting.map((socket) => gone(socket.resume())))
      }
    })
  })

  it(
    'names without end, of 4 kB each, to statsd and to Graphite',
    async () => {
      const long = 'x'.repeat(4000)
      const before = await ask('collect')
      let mostInTurn = 0
      let aloneUntil = 0
      // Of all names that are to come, each of the two gets half.
      const wanted = (hostileNames / 2) * long.length
      /** Names that come once each, until so many bytes of them are taken; stands back while they are not read, and comes again. */
      async function flood(which: 0 | 1, rest: string): Promise<void> {
        const port = which === 0 ? ports.tcp : ports.graphite
        let socket = open(port)
        let left = gone(socket)
        let taken = 0
        for (let at = 0; taken < wanted; at += 100) {
          if (socket.destroyed) left = gone((socket = open(port)))
          const text = Array.from({ length: 100 }, (_, index) => `${at + index}${long}${rest}`).join('')
          if (!socket.write(text))
            await Promise.race([new Promise((read) => socket.once('drain', read)), left])
          if (at % 10_000 > 0) continue
          const told = await ask()
          taken = told.bytes[which] - before.bytes[which]
          mostInTurn = Math.max(mostInTurn, told.mostInTurn)
          if ((told.served['good.names'] ?? 0) < 3) aloneUntil = Math.max(aloneUntil, taken)
        }
        socket.destroy()
      }
      await bear('names', () => Promise.all([flood(0, ':1|c\n'), flood(1, ' 1 -1\n')]))
      const after = await ask('collect')
      // What is kept of gigabytes is what the options say.
      expect(after.alive - before.alive).toBeLessThan(3 * maxNameBytes)
      // The others were served in the midst of it: a turn takes no more than 2 MiB of each connection, which is what the system hands over.
      expect(aloneUntil).toBeLessThan(wanted / 2)
      expect(mostInTurn).toBeLessThan((2 * 2.2 * 2 ** 20) / long.length)
    },
    longest,
  )

  it('names of prototypes', async () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '__defineGetter__']
    await bear('prototypes', async () => {
      const socket = createSocket('udp4')
      for (const name of names)
        for (const text of [
          `${name}:1|c`,
          `${name}:1|ms`,
          `${name}:a|s`,
          `a:1|c|#${name}:x`,
          `a;${name}=x:1|g`,
        ])
          await new Promise((sent) => socket.send(text, ports.udp, '127.0.0.1', sent))
      socket.close()
      const body = JSON.stringify(names.map((name) => ({ b: { c: name } }))).replace('"b"', '"__proto__"')
      await gone(post('/module/httptrap/x', ['connection: close', sized(body)], body, ports.trap).resume())
    })
    expect(victim.exitCode).toBeNull()
  })
})
