import { createSocket } from 'node:dgram'

import { firstValueFrom } from 'rxjs'
import { expect, it, onTestFinished } from 'vitest'

import { defaultSettings } from '../settings.ts'
import { createSources } from '../sources.ts'
import { eventually, temporaryFolder } from './fault-log-rig.ts'

it('tells of the first samples of a source once, when they are kept', async () => {
  const settings = { ...defaultSettings, statsdPort: 0, graphitePort: 0, periodMs: 60_000 }
  const sources = await createSources(settings, await temporaryFolder(), () => new Promise(() => undefined))
  const told: string[][] = []
  sources.first$.subscribe(() => void told.push([...sources.firstAt.keys()]))
  const toKeep: (() => void)[] = []
  const [address] = await new Promise<readonly { port: number }[]>((next, error) => {
    const listening = firstValueFrom(sources.listening)
    const collecting = sources.collected.subscribe({
      next: (batch) => void toKeep.push(() => batch.ack()),
      error,
    })
    onTestFinished(() => collecting.unsubscribe())
    listening.then(next, error)
  })
  const socket = createSocket('udp4')
  onTestFinished(() => void socket.close())
  const send = (): void => socket.send('queue:1|g', address!.port, '127.0.0.1')
  send()
  await eventually(() => expect(toKeep).toHaveLength(1))
  expect(told).toEqual([])
  toKeep[0]?.()
  expect(told).toEqual([['statsd']])
  send()
  await eventually(() => expect(toKeep).toHaveLength(2))
  toKeep[1]?.()
  expect(told).toEqual([['statsd']])
})
