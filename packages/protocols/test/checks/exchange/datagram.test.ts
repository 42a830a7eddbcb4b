import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'

import { describe, expect, it, onTestFinished } from 'vitest'

import { ask } from '../../../src/checks/exchange/datagram.ts'
import { freePort } from '../../sockets.ts'
import { startRun } from './run.ts'

const host = '127.0.0.1'
const question = Buffer.from('question')

async function serve(answer: (message: string, from: RemoteInfo, socket: Socket) => void): Promise<number> {
  const socket = createSocket('udp4')
  socket.on('message', (message, from) => answer(message.toString(), from, socket))
  socket.bind(0, host)
  await once(socket, 'listening')
  onTestFinished(() => void socket.close())
  return socket.address().port
}

const text = (answer: Buffer): string => answer.toString()

describe('ask', () => {
  it('gives the answer, and measures', async () => {
    const port = await serve((message, from, socket) => socket.send(`${message}!`, from.port, from.address))
    const { context, measured } = startRun()
    const answered = await ask(context, { host, port }, question, text)
    expect(answered).toEqual({ answer: 'question!', ms: expect.any(Number), attempts: 1 })
    expect(answered.ms).toBeGreaterThan(0)
    expect(measured()).toEqual({
      tt_firstbyte: expect.any(Number),
      'phase_ms:first_byte': expect.any(Number),
    })
  })

  it('asks again, with what it is given for each time, until there is an answer', async () => {
    const heard: string[] = []
    const port = await serve((message, from, socket) => {
      heard.push(message)
      if (heard.length === 3) socket.send(message, from.port, from.address)
    })
    const request = (attempt: number): Buffer => Buffer.from(`question ${attempt}`)
    const answered = await ask(startRun().context, { host, port }, request, text, { attempts: 5, retryMs: 5 })
    expect(heard.slice(0, 3)).toEqual(['question 1', 'question 2', 'question 3'])
    expect(answered.answer).toBe('question 3')
    expect(answered.attempts).toBeGreaterThanOrEqual(3)
  })

  it('gives up after its last request', async () => {
    let heard = 0
    const port = await serve(() => (heard += 1))
    await expect(
      ask(startRun().context, { host, port }, question, text, { attempts: 2, retryMs: 20 }),
    ).rejects.toThrow(`no answer from 127.0.0.1:${port} to 2 requests`)
    expect(heard).toBe(2)
  })

  it('passes over answers that are none, and those from elsewhere', async () => {
    const foreigner = createSocket('udp4')
    onTestFinished(() => void foreigner.close())
    const port = await serve((_, from, socket) => {
      foreigner.send('foreign answer', from.port, from.address, () => {
        socket.send('junk', from.port, from.address)
        socket.send('answer', from.port, from.address)
      })
    })
    const seen: string[] = []
    const answered = await ask(startRun().context, { host, port }, question, (answer) => {
      seen.push(answer.toString())
      return answer.toString() === 'answer' ? 42 : undefined
    })
    expect(answered.answer).toBe(42)
    expect(seen).toEqual(['junk', 'answer'])
  })

  it('rejects with what its reader throws', async () => {
    const port = await serve((_, from, socket) => socket.send('x', from.port, from.address))
    await expect(
      ask(startRun().context, { host, port }, question, () => {
        throw new Error('not in my protocol')
      }),
    ).rejects.toThrow('not in my protocol')
  })

  it('takes a request that cannot be made for a fault on its own side', async () => {
    const request = (): Buffer => {
      throw new RangeError('too long')
    }
    const asked = ask(startRun().context, { host, port: 9 }, request, text)
    await expect(asked).rejects.toMatchObject({
      code: 'PROTOCOL_NOT_ASKED',
      message: 'the request to 127.0.0.1:9 could not be made: too long',
    })
  })

  it.each([
    [{ host: '' }, {}, 'option "host" must be'],
    [{ port: NaN }, {}, 'option "port" must be'],
    [{ family: 'ipv5' as never }, {}, 'option "family" must be'],
    [{}, { attempts: 0 }, 'option "attempts" must be'],
    [{}, { retryMs: -1 }, 'option "retryMs" must be'],
  ])('asks nobody with the target %j and the options %j', async (target, options, sentence) => {
    const asked = ask(startRun().context, { host, port: 9, ...target }, question, text, options)
    await expect(asked).rejects.toMatchObject({
      code: 'PROTOCOL_BAD_OPTION',
      message: expect.stringContaining(sentence),
    })
  })

  it('says who refused', async () => {
    const port = await freePort('udp')
    await expect(ask(startRun().context, { host, port }, question, text)).rejects.toThrow(
      `no answer from 127.0.0.1:${port}: ECONNREFUSED`,
    )
  })

  it('takes a fault on its own side for unknown', async () => {
    // The system lets nobody send to all who has not asked for that.
    await expect(
      ask(startRun().context, { host: '255.255.255.255', port: 9 }, question, text),
    ).rejects.toMatchObject({ code: 'PROTOCOL_NOT_ASKED' })
  })

  it('is aborted at once, also before it began', async () => {
    const reason = new Error('given up')
    const run = startRun()
    const port = await serve(() => run.abort(reason))
    await expect(ask(run.context, { host, port }, question, text)).rejects.toBe(reason)
    await expect(ask(run.context, { host, port }, question, text)).rejects.toBe(reason)
    const early = startRun()
    const asked = ask(early.context, { host, port }, question, text)
    queueMicrotask(() => early.abort(reason))
    await expect(asked).rejects.toBe(reason)
  })
})
