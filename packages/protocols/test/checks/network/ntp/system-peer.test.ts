import { describe, expect, it } from 'vitest'

import type { CheckResult } from '../../../../src/checks/check.ts'
import { ntpCheck, type NtpCheckOptions } from '../../../../src/checks/network/ntp-check.ts'
import { runOnce } from '../../../../src/checks/run-once.ts'
import { freePort } from '../../../sockets.ts'
import { measuredBy } from '../../scripted-server.ts'
import { serveUdp } from '../udp-server.ts'
import { fragmentOf, fragmentsOf, statusOf } from './control-server.ts'

const host = '127.0.0.1'
const peers = statusOf([
  [11, 4],
  [12, 6],
  [13, 3],
])

/** Variables of a peer, in the form in which ntpd 4.2.8 and ntpsec give them, heard so many seconds ago. */
function variables(secondsAgo: number, changes: Readonly<Record<string, string>> = {}): Buffer {
  const rec = Math.floor(Date.now() / 1000) - secondsAgo + 2_208_988_800
  const all: Readonly<Record<string, string>> = {
    ...{ srcadr: '192.0.2.7', srcport: '123', dstadr: '192.0.2.1', dstport: '123', leap: '0', stratum: '2' },
    ...{ precision: '-23', rootdelay: '25.330', rootdisp: '35.202', refid: '192.0.2.99' },
    ...{ reftime: '0xdeca6eed.1ef84caa', rec: `0x${rec.toString(16)}.00000000`, reach: '0xff', unreach: '0' },
    ...{ hmode: '3', pmode: '4', hpoll: '7', ppoll: '6', headway: '260', flash: '0x0', keyid: '0' },
    ...{ offset: '-0.250', delay: '41.500', dispersion: '4.500', jitter: '0.500', xleave: '0.041' },
    filtdelay: ` ${'41.72 '.repeat(100)}`,
    ...changes,
  }
  const items = Object.entries(all).map(([name, value]) => `${name}=${value}`)
  return Buffer.from(`${items.join(',\r\n')}\r\n`)
}

type Server = (question: Buffer) => readonly Buffer[]

/** Answers with a list of peers, and with the variables of the one that is followed in fragments in the wrong order. */
const good: Server = (question) => {
  if (question[1] === 1) return fragmentsOf(question, peers)
  return question.readUInt16BE(6) === 12
    ? fragmentsOf(question, variables(30), 200).toReversed()
    : [fragmentOf(question, Buffer.alloc(0), { error: 4 })]
}

async function look(
  server: Server,
  options: Partial<NtpCheckOptions> = {},
  timeoutMs = 5000,
): Promise<CheckResult> {
  const { port } = await serveUdp(server)
  return runOnce(ntpCheck({ host, port, control: true, waitMs: 50, ...options }), { timeoutMs })
}

describe('ntpCheck with control', () => {
  it('measures what the server follows, from an answer in fragments', async () => {
    const result = await look(good)
    expect(result).toMatchObject({ state: 'good', available: 'yes' })
    const measured = measuredBy(result)
    expect(measured).toMatchObject({
      ...{ clock_name: '192.0.2.7', refid: '192.0.2.99', stratum: 2, poll: 64, peers: 3 },
      ...{ offset: -0.000_25, offset_ms: -0.25, delay: 0.0415, dispersion: 0.0045, jitter: 0.0005 },
      xleave: 0.000_041,
    })
    expect(measured['when']).toBeGreaterThanOrEqual(29)
    const keys = result.samples.map(({ series }) => series.key)
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('asks by numbers that nobody can guess, and passes over answers to others', async () => {
    const asked: number[] = []
    const result = await look((question) => {
      const sequence = question.readUInt16BE(2)
      asked.push(sequence)
      const wrong = fragmentOf(question, statusOf([[99, 6]]), { sequence: sequence ^ 1 })
      return [Buffer.from('garbage that is long enough'), wrong, ...good(question)]
    })
    expect(result).toMatchObject({ state: 'good' })
    expect(new Set(asked).size).toBe(2)
  })

  it('measures what there is of an older server', async () => {
    const old = Object.fromEntries(
      ['xleave', 'ppoll', 'hpoll', 'rec', 'reftime', 'jitter'].map((name) => [name, '']),
    )
    const result = await look((question) =>
      question[1] === 1 ? good(question) : fragmentsOf(question, variables(0, old)),
    )
    expect(result).toMatchObject({ state: 'good' })
    for (const name of ['xleave', 'poll', 'when', 'jitter'])
      expect(measuredBy(result)).not.toHaveProperty(name)
  })

  it.each([
    [[], 'it has no peers'],
    [
      [
        [11, 4],
        [12, 0],
      ],
      'it follows none of its 2 peers',
    ],
  ] as const)('is bad where the server follows nothing: %j', async (some, status) => {
    const result = await look((question) => fragmentsOf(question, statusOf(some)))
    expect(result).toMatchObject({ state: 'bad', available: 'yes', status })
    expect(measuredBy(result)).toEqual({ peers: some.length })
  })

  it('is bad where it is too far from what it follows', async () => {
    const far = variables(0, { offset: '-1500.4' })
    const server: Server = (question) => (question[1] === 1 ? good(question) : fragmentsOf(question, far))
    const result = await look(server, { maxOffsetMs: 1000 })
    expect(result).toMatchObject({
      state: 'bad',
      available: 'yes',
      status: 'it and what it follows differ by 1500 ms',
    })
    expect(measuredBy(result)).toMatchObject({ offset_ms: -1500.4 })
  })

  it.each<readonly [string, Server]>([
    [
      'it is refused since it is not allowed',
      (question) => [fragmentOf(question, Buffer.alloc(0), { error: 7 })],
    ],
    [
      'its fragments overlap',
      (question) => [0, 4].map((offset) => fragmentOf(question, peers, { offset, hasMore: true })),
    ],
    [
      'or 32 fragments',
      (question) =>
        Array.from({ length: 40 }, (_, at) =>
          fragmentOf(question, peers, { offset: at * 12, hasMore: true }),
        ),
    ],
    [
      'did not tell how far it is',
      (question) => (question[1] === 1 ? good(question) : fragmentsOf(question, Buffer.alloc(3000, '\xff='))),
    ],
  ])('is bad and available where %s', async (words, server) => {
    const result = await look(server)
    expect(result).toMatchObject({ state: 'bad', available: 'yes', status: expect.stringContaining(words) })
  })

  it('asks again where a fragment is lost, and takes none of the answer before', async () => {
    let lost = 0
    const result = await look((question) => {
      const fragments = good(question)
      return fragments.length > 1 && lost++ === 0 ? fragments.slice(1) : fragments
    })
    expect(result).toMatchObject({ state: 'good' })
    expect(lost).toBe(2)
  })

  it('is not available where nobody answers, or never to the end, and keeps to its time', async () => {
    const silent = { state: 'bad', available: 'no' }
    expect(await look(() => [])).toMatchObject(silent)
    const endless = await look((question) => [fragmentOf(question, peers, { hasMore: true })])
    expect(endless).toMatchObject(silent)
    expect(await look(() => [], { waitMs: 10_000 }, 50)).toMatchObject({ reason: 'timed-out' })
    const port = await freePort('udp')
    expect(await runOnce(ntpCheck({ host, port, control: true }))).toMatchObject(silent)
  })
})
