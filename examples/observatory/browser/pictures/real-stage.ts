import { createSocket } from 'node:dgram'
import type { Socket } from 'node:dgram'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { HostReading } from '@tocsin/protocols/host'

import { startObservatory } from '../../observatory.ts'
import { defaultSettings } from '../../settings.ts'
import { counted, inventions, many, prepareFolder } from '../real-data.ts'
import type { Condition } from '../real-data.ts'
import type { InventedSeries } from '../scenes/scene.ts'
import { settledAfter } from './invented-stage.ts'
import type { Stage } from './picture.ts'

const gibibyte = 2 ** 30
/** So long it takes to make seven days, and an hour of hundreds of series, ms. */
const madeWithinMs = { healthy: 110_000, 'two-faults': 110_000, '5000-series': 150_000, 'first-start': 0 }

/** What the operating system would say of the invented machine. */
function readingOf(series: ReadonlyMap<string, InventedSeries>, began: number) {
  let busy = { userMs: 0, systemMs: 0, idleMs: 0 }
  let at = began
  const value = (start: string, time: number, holds = ''): number => {
    const one = [...series.values()].find(
      ({ series: { key } }) => key.startsWith(start) && key.includes(holds),
    )
    return Number(one?.value(time) ?? 0)
  }
  return async (): Promise<HostReading> => {
    // The time that the reading will have: rates over a second would show each delay else.
    const time = Math.round(Date.now() / 1000) * 1000
    const gone = time - at
    at = time
    const user = value('cpu.user_percent', time)
    const system = value('cpu.system_percent', time)
    busy = {
      userMs: busy.userMs + (user / 100) * gone,
      systemMs: busy.systemMs + (system / 100) * gone,
      idleMs: busy.idleMs + ((100 - user - system) / 100) * gone,
    }
    const total = 23.5 * gibibyte
    const bytes = (metric: string, name: string): bigint => {
      const one = [...series.values()].find(
        ({ series: { metric: own, tags } }) => own === metric && tags['interface'] === name,
      )
      return one === undefined ? 0n : BigInt(counted(one, time))
    }
    return {
      cpu: busy,
      load: [value('load.1m', time), value('load.5m', time), value('load.15m', time)],
      memory: { totalBytes: total, availableBytes: total * (1 - value('memory.used_percent', time) / 100) },
      disks: ['/', '/data', '/var'].map((path) => {
        const used = value('disk.used_percent', time, `path:${path}]`)
        return {
          path,
          totalBytes: 200 * gibibyte,
          usedBytes: 2 * gibibyte * used,
          availableBytes: 2 * gibibyte * (100 - used),
        }
      }),
      network: ['eth0', 'lo'].map((name) => ({
        name,
        receivedBytes: bytes('network.received_bytes', name),
        sentBytes: bytes('network.sent_bytes', name),
      })),
    }
  }
}

/** One sample of each of thousands of series each 10 s by statsd, a tenth of them a second; returns how to end that. */
function sendMany(socket: Socket, port: number): () => void {
  let turn = 0
  const sendTenth = (): void => {
    const time = Date.now()
    const tenth = many.filter((_, index) => index % 10 === turn % 10)
    for (let from = 0; from < tenth.length; from += 20) {
      const lines = tenth.slice(from, from + 20).map((one) => {
        const { metric, tags } = one.series
        const tagged = Object.entries(tags).map(([name, tag]) => `${name}:${tag}`)
        return `${metric}:${Number(one.value(time)).toFixed(3)}|g|#${tagged.join(',')}`
      })
      socket.send(lines.join('\n'), port, '127.0.0.1')
    }
    turn += 1
  }
  const timer = setInterval(sendTenth, 1000)
  return () => clearInterval(timer)
}

/** A real observatory that finds seven days in its folder, measures an invented machine and is sent to by HTTPTrap. */
export async function startRealStage(condition: Condition | 'first-start'): Promise<Stage> {
  const data = await mkdtemp(join(tmpdir(), 'observatory-'))
  const isFirst = condition === 'first-start'
  // What is prepared ends when its making does, so that no hole is between the two; a slow computer leaves one, which is then shown.
  const now = Math.floor((Date.now() + madeWithinMs[condition]) / 1000) * 1000
  if (!isFirst) await prepareFolder(data, now, condition)
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, now - Date.now())))
  const all = condition === 'first-start' ? [] : inventions(now, condition)
  const series = new Map(all.map((one) => [one.series.key, one]))
  const free = { httpPort: 0, statsdPort: 0, graphitePort: 0 }
  const observatory = await startObservatory(
    // Nothing is measured while the first start is looked at.
    { ...defaultSettings, ...free, data, ...(condition === 'first-start' && { periodMs: 60_000 }) },
    condition === 'first-start' ? {} : { readHost: readingOf(series, now) },
  )
  let sentTo = now
  const send = async (): Promise<void> => {
    const time = Date.now()
    const values = all
      .filter(({ machine, drawn }) => !machine && drawn !== 'rate')
      .filter(({ stepMs }) => Math.floor(time / stepMs) > Math.floor(sentTo / stepMs))
      .map((one) => [one.series.key, one.value(time)] as const)
    sentTo = time
    await fetch(observatory.url + observatory.trapPath, {
      method: 'POST',
      body: JSON.stringify(Object.fromEntries(values)),
    }).catch(() => undefined)
  }
  const socket = createSocket('udp4')
  // What is counted comes as what was new, each 10 s, as statsd has it.
  let countedTo = now
  const count = (): void => {
    const time = Date.now()
    for (const one of all.filter(({ machine, drawn }) => !machine && drawn === 'rate')) {
      const { metric, tags } = one.series
      const tagged = Object.entries(tags).map(([name, value]) => `${name}:${value}`)
      const line = `${metric}:${counted(one, time) - counted(one, countedTo)}|c|#${tagged.join(',')}`
      socket.send(line, observatory.statsdPort, '127.0.0.1')
    }
    countedTo = time
  }
  await send()
  const timer = setInterval(() => {
    count()
    void send()
  }, 10_000)
  const endMany = condition === '5000-series' ? sendMany(socket, observatory.statsdPort) : () => undefined
  let isThere = true
  const vanish = async (): Promise<void> => {
    if (!isThere) return
    isThere = false
    clearInterval(timer)
    endMany()
    socket.close()
    await observatory.close()
  }
  return {
    url: observatory.url,
    now: Date.now,
    settled: (page) => settledAfter(page),
    vanish,
    close: async () => {
      await vanish()
      await rm(data, { recursive: true, force: true })
    },
  }
}
