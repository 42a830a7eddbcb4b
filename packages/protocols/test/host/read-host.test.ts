import { describe, expect, it } from 'vitest'

import { hostMetrics } from '../../src/host/host-metrics.ts'
import type { HostReading } from '../../src/host/host-samples.ts'
import { createHostReader } from '../../src/host/read-host.ts'
import { receive } from '../sockets.ts'

type Disks = Pick<HostReading, 'disks'>

const disks: Disks = { disks: [{ path: '/', totalBytes: 9, usedBytes: 3, availableBytes: 3 }] }

/** File systems that answer when the test lets them. */
function mounted(): {
  readonly asked: () => number
  readonly answer: () => void
  readonly read: () => Promise<Disks>
} {
  let [asked, answer] = [0, (): void => undefined]
  return {
    asked: () => asked,
    answer: () => answer(),
    read() {
      asked += 1
      return new Promise((resolve) => (answer = () => resolve(disks)))
    },
  }
}

describe('a reader of the machine', () => {
  const look = (tell: (part: HostReading) => void = () => undefined): [AbortController, never] => {
    const controller = new AbortController()
    return [controller, { signal: controller.signal, tell } as never]
  }

  it('asks file systems once while they do not answer, and tells the rest without waiting for them again', async () => {
    const hung = mounted()
    const read = createHostReader(hung.read)()
    const told: string[][] = []
    const tell = (part: HostReading): void => void told.push(Object.keys(part))
    const [controller, first] = look(tell)
    const cut = expect(read(first)).rejects.toThrow('cut')
    await expect.poll(hung.asked).toBe(1)
    controller.abort(new Error('cut'))
    await cut
    for (let turn = 0; turn < 2; turn += 1)
      await expect(read(look(tell)[1])).rejects.toThrow('its file systems have not answered since')
    expect(hung.asked()).toBe(1)
    expect(told).toHaveLength(3)
    for (const parts of told) expect(parts).toEqual(expect.arrayContaining(['cpu', 'memory']))

    hung.answer()
    await new Promise(setImmediate)
    const last = read(look(tell)[1])
    await expect.poll(hung.asked).toBe(2)
    hung.answer()
    expect(await last).toEqual(disks)
  })

  it('lets runners wait for one answer together', async () => {
    const slow = mounted()
    const begin = createHostReader(slow.read)
    const readings = [begin()(look()[1]), begin()(look()[1])]
    await expect.poll(slow.asked).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 20))
    slow.answer()
    expect(await Promise.all(readings)).toEqual([disks, disks])
    expect(slow.asked()).toBe(1)
  })

  it('asks no file system for whom nobody waits any more', async () => {
    const { asked, read } = mounted()
    const [controller, run] = look()
    const left = createHostReader(read)()(run)
    controller.abort(new Error('left'))
    await expect(left).rejects.toThrow('left')
    expect(asked()).toBe(0)
  })

  it('goes on with processor and memory where the disks of hostMetrics hang', async () => {
    const hung = mounted()
    const source = hostMetrics({ periodMs: 20, timeoutMs: 50, read: createHostReader(hung.read)() })
    const problems = receive(source.problems)
    const { count, subscription } = receive(source.batches({ maxInFlight: 99 }))
    const batches = await count(4)
    subscription.unsubscribe()
    for (const { values } of batches) {
      const metrics = values.map(({ series }) => series.metric)
      expect(metrics).toContain('memory.used_bytes')
      expect(metrics).not.toContain('disk.used_bytes')
    }
    expect(problems.values.map(({ message }) => message)).toEqual(
      expect.arrayContaining([
        'the machine could not be read: gave no answer in 50 ms',
        'the machine could not be read: its file systems have not answered since a reading before',
      ]),
    )
    expect(source.stats.dropped).toBeGreaterThanOrEqual(4)
    expect(hung.asked()).toBe(1)
  })
})
