import { createServer, IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { AddressInfo } from 'node:net'

import { Subject } from 'rxjs'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { LiveStream } from '../live-stream.ts'

const patience = { timeout: 50_000, interval: 10 }
const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

async function serve(live: LiveStream): Promise<() => Promise<{ next(): Promise<string>; close(): void }>> {
  const server = createServer((_, response) => live.serve(response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return async () => {
    const abort = new AbortController()
    const response = await fetch(`http://127.0.0.1:${port}`, { signal: abort.signal })
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    return {
      next: async () => {
        for (;;) {
          const end = text.indexOf('\n\n')
          if (end >= 0) {
            const message = text.slice(0, end)
            text = text.slice(end + 2)
            if (message.startsWith('event:')) return message
          } else {
            text += (await reader.read()).value ?? ''
          }
        }
      },
      close: () => abort.abort(),
    }
  }
}

describe('the live stream', () => {
  it('does no work while nobody watches, and serialises once however many do', async () => {
    const samples = new Subject<unknown>()
    const toJSON = vi.fn(() => 'sample')
    const live = new LiveStream([{ event: 'samples', source: samples }])
    const watch = await serve(live)

    samples.next({ toJSON })
    expect(samples.observed).toBe(false)

    const [first, second] = [await watch(), await watch()]
    await vi.waitFor(() => expect(live.stats.viewers).toBe(2), patience)
    samples.next({ toJSON })
    expect(await first.next()).toBe('event: samples\ndata: "sample"')
    expect(await second.next()).toBe('event: samples\ndata: "sample"')
    expect(toJSON).toHaveBeenCalledTimes(1)
    expect(live.stats.serialised).toBe(1)

    first.close()
    second.close()
    await vi.waitFor(() => expect(live.stats.viewers).toBe(0), patience)
    expect(samples.observed).toBe(false)
    samples.next({ toJSON })
    expect(toJSON).toHaveBeenCalledTimes(1)
  })

  it('drops what a slow viewer cannot take, and says how much when it can again', () => {
    const samples = new Subject<number>()
    const live = new LiveStream([{ event: 'samples', source: samples }])
    const written: string[] = []
    const response = new ServerResponse(new IncomingMessage(new Socket()))
    let buffered = 0
    Object.defineProperty(response, 'writableLength', { get: () => buffered })
    vi.spyOn(response, 'write').mockImplementation((text: unknown) => written.push(String(text)) > 0)
    live.serve(response)
    written.length = 0

    buffered = 2 << 20
    for (const value of [1, 2, 3]) samples.next(value)
    expect(written).toEqual([])
    buffered = 0
    samples.next(4)
    expect(written).toEqual(['event: gap\ndata: 3\n\n', 'event: samples\ndata: 4\n\n'])

    response.emit('close')
    expect(samples.observed).toBe(false)
    expect(live.stats.viewers).toBe(0)
  })
})
