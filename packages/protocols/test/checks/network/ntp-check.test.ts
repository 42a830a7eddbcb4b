import { describe, expect, it } from 'vitest'

import { ntpCheck } from '../../../src/checks/network/ntp-check.ts'
import { runOnce } from '../../../src/checks/run-once.ts'
import { freePort } from '../../sockets.ts'
import { measuredBy } from '../scripted-server.ts'
import { serveUdp } from './udp-server.ts'

const host = '127.0.0.1'
const fast = { intervalMs: 1, waitMs: 50 }
const secondsFrom1900 = 2_208_988_800

/** An answer of a server whose clock is ahead by so much; `change` makes something else of it. */
function answerTo(question: Buffer, aheadMs = 0, change: (answer: Buffer) => void = () => undefined): Buffer {
  const answer = Buffer.alloc(48)
  answer[0] = 0x24
  answer[1] = 2
  answer[2] = 6
  answer[3] = 0xe8
  answer.writeUInt32BE(0x8000, 4)
  answer.writeUInt32BE(0x4000, 8)
  question.copy(answer, 24, 40, 48)
  const time = (performance.timeOrigin + performance.now() + aheadMs) / 1000 + secondsFrom1900
  for (const at of [32, 40]) {
    answer.writeUInt32BE(Math.floor(time) % 2 ** 32, at)
    answer.writeUInt32BE(Math.floor((time % 1) * 2 ** 32), at + 4)
  }
  change(answer)
  return answer
}

describe('ntpCheck', () => {
  it('asks four times, and measures the clock against that of the server', async () => {
    const { port, asked } = await serveUdp((question) => [answerTo(question, 5000)])
    const check = ntpCheck({ host, port, ...fast })
    const result = await runOnce(check)
    expect(check.name).toBe(`ntp:127.0.0.1:${port}`)
    expect(result).toMatchObject({ state: 'good', available: 'yes' })
    expect(asked()).toBe(4)
    const measured = measuredBy(result)
    expect(measured).toMatchObject({
      requests: 4,
      responses: 4,
      stratum: 2,
      poll: 64,
      precision: 2 ** -24,
      rtdelay: 0.5,
      rtdisp: 0.25,
    })
    // The two share a clock; a machine under load is slow to answer.
    expect(Math.abs((measured['offset_ms'] as number) - 5000)).toBeLessThan(1000)
    expect(measured['offset']).toBe((measured['offset_ms'] as number) / 1000)
    const keys = result.samples.map(({ series }) => series.key)
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('asks by a number that nobody can guess, and shows nothing of its own clock', async () => {
    const questions: Buffer[] = []
    const { port } = await serveUdp((question) => {
      questions.push(Buffer.from(question))
      return [answerTo(question)]
    })
    await runOnce(ntpCheck({ host, port, ...fast }))
    expect(new Set(questions.map((question) => question.toString('hex', 40))).size).toBe(4)
    for (const question of questions) {
      expect(question.length).toBe(48)
      expect(question.toString('hex', 0, 40)).toBe(`23${'00'.repeat(39)}`)
    }
  })

  it('passes over what does not repeat its number, is no answer of a server, or too short', async () => {
    const { port } = await serveUdp((question) => [
      answerTo(question, 9e6, (answer) => answer.writeUInt8((answer[24] ?? 0) ^ 1, 24)),
      answerTo(question, 9e6, (answer) => answer.writeUInt8(0x23, 0)),
      answerTo(question, 9e6).subarray(0, 47),
      question,
      answerTo(question, 0),
    ])
    const result = await runOnce(ntpCheck({ host, port, ...fast, maxOffsetMs: 100_000 }))
    expect(result).toMatchObject({ state: 'good' })
  })

  it('is bad where the clocks differ by too much, in either direction', async () => {
    for (const ahead of [86_400_000, -86_400_000]) {
      const { port } = await serveUdp((question) => [answerTo(question, ahead)])
      const result = await runOnce(ntpCheck({ host, port, ...fast, probes: 1, maxOffsetMs: 1000 }))
      expect(result).toMatchObject({ state: 'bad', available: 'yes' })
      expect(result.status).toMatch(/^its clock and this system's differ by 8[67]\d{6} ms$/)
    }
  })

  it('is bad at a kiss of death, and asks no more', async () => {
    const { port, asked } = await serveUdp((question) => [
      answerTo(question, 0, (answer) => {
        answer[1] = 0
        answer.write('RATE', 12)
      }),
    ])
    const result = await runOnce(ntpCheck({ host, port, ...fast }))
    expect(result).toMatchObject({
      state: 'bad',
      available: 'yes',
      status: 'it answers by the kiss code RATE',
    })
    expect(asked()).toBe(1)
    expect(measuredBy(result)).toMatchObject({ stratum: 0, kiss_code: 'RATE', requests: 1, responses: 1 })
  })

  it.each([
    ['the leap indicator', 0, 0xe4],
    ['the stratum', 1, 16],
    ['the stratum of 0, without a word,', 1, 0],
  ])('is bad where %s says that the server does not know the time', async (_, at, value) => {
    const { port } = await serveUdp((question) => [
      answerTo(question, 0, (answer) => answer.writeUInt8(value, at)),
    ])
    const result = await runOnce(ntpCheck({ host, port, ...fast }))
    expect(result).toMatchObject({ state: 'bad', available: 'yes', status: 'it is not synchronised itself' })
    expect(measuredBy(result)).not.toHaveProperty('offset')
  })

  it('counts answers that do not come, the last one too', async () => {
    const { port } = await serveUdp((question, count) => (count === 1 ? [answerTo(question)] : []))
    const result = await runOnce(ntpCheck({ host, port, ...fast }))
    expect(result).toMatchObject({ state: 'good' })
    expect(measuredBy(result)).toMatchObject({ requests: 4, responses: 1 })
  })

  it('is not available where nobody answers', async () => {
    const { port } = await serveUdp(() => [Buffer.from('garbage')])
    expect(await runOnce(ntpCheck({ host, port, ...fast }))).toMatchObject({
      state: 'bad',
      available: 'no',
      status: `no answer from 127.0.0.1:${port} to 1 request`,
    })
    expect(await runOnce(ntpCheck({ host, port: await freePort('udp'), ...fast }))).toMatchObject({
      state: 'bad',
      available: 'no',
    })
    const result = await runOnce(ntpCheck({ host, port, waitMs: 10_000 }), { timeoutMs: 50 })
    expect(result).toMatchObject({ reason: 'timed-out' })
  })

  it('refuses wrong options at the call', () => {
    for (const options of [
      { probes: 0 },
      { probes: 17 },
      { intervalMs: -1 },
      { waitMs: 0 },
      { maxOffsetMs: 0 },
      { control: 'on' as never },
    ])
      expect(() => ntpCheck({ host, ...options }), JSON.stringify(options)).toThrow(
        expect.objectContaining({ code: 'PROTOCOL_BAD_OPTION' }),
      )
  })
})
