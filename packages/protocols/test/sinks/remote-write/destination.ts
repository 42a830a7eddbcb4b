import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

import type { Batch, Sample } from '@tocsin/core'
import { Subject } from 'rxjs'
import { onTestFinished } from 'vitest'

import type { SinkEvent } from '../../../src/sinks/sink-event.ts'
import { toRemoteWrite, type ToRemoteWriteOptions } from '../../../src/sinks/remote-write/to-remote-write.ts'
import { decodeSnappy } from '../../../src/wire/binary/snappy.ts'
import { readOlder } from '../../remote-write/reading.ts'

export interface Answer {
  readonly status: number
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Destination {
  readonly url: string
  /** The samples of each request, each as `key value @time`. */
  readonly requests: (readonly string[])[]
  readonly bodies: Uint8Array[]
  readonly headers: IncomingHttpHeaders[]
}

/** A destination that answers as it is told to, by the samples of a request; taken by default. */
export async function destination(
  answerTo: (lines: readonly string[], attempt: number) => Answer | 'cut' = taken,
): Promise<Destination> {
  const found: Destination = { url: '', requests: [], bodies: [], headers: [] }
  const server = createServer((request, response) => {
    void request.toArray().then((chunks) => {
      const body = decodeSnappy(Buffer.concat(chunks as Buffer[]), 1 << 25)
      if (typeof body === 'string') throw new Error(body)
      const lines = readOlder(body, { maxFutureMs: Number.MAX_SAFE_INTEGER }).samples.map(
        ({ series, value, time }) => `${series.key} ${typeof value === 'object' ? 'bins' : value} @${time}`,
      )
      found.requests.push(lines)
      found.bodies.push(body)
      found.headers.push(request.headers)
      const answer = answerTo(lines, found.requests.length)
      if (answer === 'cut') request.socket.destroy()
      else response.writeHead(answer.status, answer.headers).end(answer.body)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return Object.assign(found, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/write`,
  })
}

const taken = (): Answer => ({ status: 204 })

/** A sink that is fed by hand. */
export interface Fed {
  readonly events: readonly SinkEvent[]
  readonly acknowledged: () => number
  /** Gives a batch. */
  give(...values: readonly Sample[]): void
  /** Ends the source, and waits until the sink has ended. */
  end(): Promise<void>
}

export function feed(options: ToRemoteWriteOptions): Fed {
  const batches = new Subject<Batch<Sample>>()
  const events: SinkEvent[] = []
  let acknowledged = 0
  const over = new Promise<void>((resolve, reject) => {
    const subscription = batches
      .pipe(toRemoteWrite({ minDelayMs: 1, maxDelayMs: 5, gatherMs: 0, ...options }))
      .subscribe({ next: (event) => events.push(event), complete: resolve, error: reject })
    onTestFinished(() => subscription.unsubscribe())
  })
  return {
    events,
    acknowledged: () => acknowledged,
    give: (...values) => batches.next({ values, ack: () => (acknowledged += 1) }),
    async end() {
      batches.complete()
      await over
    },
  }
}
