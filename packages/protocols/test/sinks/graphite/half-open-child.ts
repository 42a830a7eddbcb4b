// In a network of its own: a receiver takes samples, then the wire is cut without a word, and more are sent. Prints what becomes of them.
import { execFileSync } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'

import { series, type Batch, type Sample } from '@tocsin/core'
import { Subject } from 'rxjs'

import { toGraphite } from '../../../src/sinks/graphite/index.ts'

const wire = (state: 'up' | 'down'): unknown => execFileSync('ip', ['link', 'set', 'lo', state])

wire('up')
const cpu = series('cpu')
const input = new Subject<Batch<Sample>>()
const server = createServer((socket) => socket.resume()).listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  input.pipe(toGraphite({ port, gatherMs: 0, settleMs: 1500, writeTimeoutMs: 1500 })).subscribe((event) => {
    console.log(event.type === 'failed' ? `failed ${event.message}` : event.type)
    if (event.type === 'failed') process.exit(0)
  })
  const give = (name: string): void =>
    input.next({
      values: [{ series: cpu, time: Date.now(), value: 1, kind: 'gauge' }],
      ack: () => {
        console.log('acknowledged', name)
        wire('down')
        give('after the wire was cut')
      },
    })
  give('before')
})
