import { join } from 'node:path'

import { series, type Batch, type Sample } from '@tocsin/core'
import { Observable } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { toGraphite } from '../../../src/sinks/graphite/index.ts'
import type { SinkEvent } from '../../../src/sinks/index.ts'
import { needProgram } from '../../programs.ts'
import { dialDaemon, temporaryFolder } from '../../graphite/daemon.ts'
import { createCarbon } from './carbon.ts'
import { readWhisper } from './whisper.ts'

const hosts = 20
const seconds = 1500
const secondsPerBatch = 5
const all = Array.from({ length: hosts }, (_, host) => series('servers.cpu', { host: `web${host}` }))

describe('carbon behind a sink', () => {
  it.for(['plain', 'pickle'] as const)(
    'is killed under load, and has every sample of %s in its place when it is back',
    async (protocol, context) => {
      needProgram(context, 'carbon-cache', 'graphite-carbon')
      const folder = temporaryFolder()
      const { ports, start } = await createCarbon(folder)
      const first = start()
      ;(await dialDaemon(ports[protocol], first)).destroy()

      const from = Math.floor(Date.now() / 1000) - seconds
      const batches = seconds / secondsPerBatch
      const acked = new Set<number>()
      const events: SinkEvent[] = []
      let given = 0
      // As the subscriber of a journal: so many at a time, and some every moment.
      const source = new Observable<Batch<Sample>>((subscriber) => {
        const timer = setInterval(() => {
          const batch = given++
          const values = Array.from(
            { length: secondsPerBatch },
            (_, at) => batch * secondsPerBatch + at,
          ).flatMap((second) =>
            all.map((one): Sample => ({
              series: one,
              time: (from + second) * 1000,
              value: second,
              kind: 'gauge',
            })),
          )
          subscriber.next({ values, ack: () => acked.add(batch) })
          if (given === batches) subscriber.complete()
        }, 40)
        return () => clearInterval(timer)
      })
      const sent = new Promise<void>((complete, error) => {
        source
          .pipe(
            toGraphite({
              port: ports[protocol],
              protocol,
              naming: 'dotted',
              settleMs: 4000,
              gatherMs: 50,
              maxDelayMs: 500,
            }),
          )
          .subscribe({ next: (event) => events.push(event), complete, error })
      })

      await expect.poll(() => acked.size, { timeout: 60_000 }).toBeGreaterThan(20)
      await first.kill()
      const ackedThen = new Set(acked)
      await new Promise((resolve) => setTimeout(resolve, 2000))
      expect(acked.size).toBe(ackedThen.size)
      const second = start()
      await Promise.race([sent, second.failed])
      expect(acked.size).toBe(batches)
      expect(events.some(({ type }) => type === 'failed')).toBe(true)

      const last = (host: number): number | undefined =>
        readWhisper(join(folder, 'whisper/servers/cpu/host', `web${host}.wsp`)).get(from + seconds - 1)
      await expect
        .poll(() => all.every((_, host) => last(host) === seconds - 1), { timeout: 60_000 })
        .toBe(true)
      let lost = 0
      for (const [host] of all.entries()) {
        const points = readWhisper(join(folder, 'whisper/servers/cpu/host', `web${host}.wsp`))
        for (let at = 0; at < seconds; at += 1) {
          const value = points.get(from + at)
          if (value === at) continue
          // Only what was acknowledged when carbon was killed can have been in its own cache, which nobody can save.
          expect([value, ackedThen.has(Math.floor(at / secondsPerBatch))]).toEqual([undefined, true])
          lost += 1
        }
        expect([...points.keys()].every((time) => time >= from && time < from + seconds)).toBe(true)
      }
      // It writes its cache once a second, so four seconds are enough but on a machine that stands still.
      expect(lost).toBeLessThan((hosts * seconds) / 10)
    },
  )
})
