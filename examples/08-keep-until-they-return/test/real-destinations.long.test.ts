import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

import { expect, it, onTestFinished } from 'vitest'

import { dialDaemon, temporaryFolder } from '../../../packages/protocols/test/graphite/daemon.ts'
import { needProgram } from '../../../packages/protocols/test/programs.ts'
import { createCarbon } from '../../../packages/protocols/test/sinks/graphite/carbon.ts'
import { readWhisper } from '../../../packages/protocols/test/sinks/graphite/whisper.ts'
import { createInfluxd } from '../../../packages/protocols/test/sinks/influx/influxd.ts'
import { machines, said, width, type Report } from './load.ts'

/** How long each is away, ms; a minute shows the same. */
const awayMs = Number(process.env['TOCSIN_AWAY_MS'] ?? 8000)
/** Seconds of samples; one takes some 60 ms. */
const seconds = Math.ceil((awayMs * 2 + 20_000) / 50)

it('carbon, influxd and we ourselves are killed under load, and every sample is there in the end, once, what plugins said too', async (context) => {
  needProgram(context, 'carbon-cache', 'graphite-carbon')
  needProgram(context, 'influxd', 'influxdb')
  const folder = temporaryFolder()
  const carbon = await createCarbon(folder)
  const influxd = await createInfluxd()
  const first = carbon.start()
  ;(await dialDaemon(carbon.ports.pickle, first)).destroy()
  await influxd.start()
  await influxd.query('CREATE DATABASE tocsin')

  const from = Math.floor(Date.now() / 1000) - 3600
  const keeper = keeperIn(join(folder, 'journal'), carbon.ports.pickle, influxd.url, from)
  const bothTake = (): boolean => Object.values(keeper.last().cursors).every(({ acked }) => acked > 0)
  keeper.start()
  await expect.poll(() => keeper.last().written, { timeout: 60_000 }).toBeGreaterThan(0)
  await expect.poll(bothTake, { timeout: 60_000 }).toBe(true)

  // carbon is away for a while, and we in the middle of it.
  await first.kill()
  const ackedThen = await keeper.acked('graphite')
  const withoutCarbon = await keeper.during(awayMs)
  expect(await keeper.acked('graphite')).toBe(ackedThen)
  const second = carbon.start()
  await expect
    .poll(() => keeper.last().cursors.graphite.acked, { timeout: 120_000 })
    .toBeGreaterThan(ackedThen)

  // Then influxd.
  await influxd.kill()
  const inInflux = await keeper.acked('influx')
  await keeper.during(awayMs)
  // carbon, which has things only when they have settled, goes on to what came meanwhile.
  const { written } = keeper.last()
  await expect
    .poll(() => keeper.last().cursors.graphite.acked, { timeout: 120_000 })
    .toBeGreaterThanOrEqual(written)
  expect(await keeper.acked('influx')).toBe(inInflux)
  await influxd.start()

  const isDone = (): boolean => {
    const { written, cursors } = keeper.last()
    return written === seconds * width && Object.values(cursors).every(({ lag }) => lag === 0)
  }
  await Promise.race([expect.poll(isDone, { timeout: 300_000 }).toBe(true), second.failed])

  // Nor was influxd delayed: while carbon had nothing, what influxd was behind stayed below that.
  expect(withoutCarbon.influx).toBeLessThan(withoutCarbon.graphite / 2)

  // In InfluxDB the plugin's label is a measurement, and host, realm and service are tags, as Alignak's backend writes them.
  const machineNames = Array.from({ length: machines }, (_, machine) => `web${machine}`)
  expect((await influxd.query('SHOW SERIES')).flat().toSorted()).toEqual(
    [
      ...machineNames.map((name) => `load,machine=${name}`),
      ...said.map((name) => `${name},host=till,realm=All.Shop,service=disk`),
    ].toSorted(),
  )
  const rows: (readonly unknown[])[] = []
  for (const name of ['load', ...said]) rows.push(...(await influxd.query(`SELECT value FROM "${name}"`)))
  const byTime = (numbers: readonly number[]): readonly number[] => numbers.toSorted((a, b) => a - b)
  const numbers = Array.from({ length: seconds * width }, (_, number) => number)
  expect(byTime(rows.map(([, value]) => Number(value)))).toEqual(numbers)
  expect(rows.filter(([time, value]) => time !== (from + Math.floor(Number(value) / width)) * 1000)).toEqual(
    [],
  )

  // In Graphite all of it is in the name.
  const names = [
    ...machineNames.map((name) => `load/machine/${name}`),
    ...said.map((name) => `alignak/All/Shop/till/disk/${name}`),
  ]
  const allPoints = (): readonly ReadonlyMap<number, number>[] =>
    names.map((name) => readWhisper(join(folder, 'whisper', `${name}.wsp`)))
  const lastSecond = from + seconds - 1
  const haveLast = (): boolean => allPoints().every((points) => points.has(lastSecond))
  await expect.poll(haveLast, { timeout: 60_000 }).toBe(true)
  const files = allPoints()
  const missing = numbers.filter(
    (number) => files[number % width]?.get(from + Math.floor(number / width)) !== number,
  )
  // Only what it was known to have when it was killed can have been in its own cache, which nobody can save.
  expect(missing.filter((number) => number >= ackedThen)).toEqual([])
  expect(missing.length).toBeLessThan(numbers.length / 10)
  expect(files.map(({ size }) => size).reduce((sum, size) => sum + size, 0)).toBe(
    numbers.length - missing.length,
  )
})

interface Keeper {
  readonly start: () => void
  readonly last: () => Report
  /** How far a destination is known to be: by a report that was not yet made at the call. */
  readonly acked: (name: 'graphite' | 'influx') => Promise<number>
  /** Kills and restarts the program in the middle of so many ms; the most that each was behind before that and in the end. */
  readonly during: (ms: number) => Promise<Readonly<Record<'graphite' | 'influx', number>>>
}

/** The program in a process of its own. */
function keeperIn(folder: string, graphitePort: number, influxUrl: string, from: number): Keeper {
  const none = { lag: 0, acked: 0 }
  let report: Report = { written: 0, cursors: { graphite: none, influx: none } }
  let reports = 0
  let child: ChildProcess | undefined
  const most = { graphite: 0, influx: 0 }
  const start = (): void => {
    const words = [folder, String(graphitePort), influxUrl, String(from), String(seconds)]
    child = fork(join(import.meta.dirname, 'keeper.ts'), words, { execArgv: ['--import', 'tsx'] })
    child.on('message', (message: Report) => {
      report = message
      reports += 1
      for (const name of ['graphite', 'influx'] as const)
        most[name] = Math.max(most[name], message.cursors[name].lag)
    })
  }
  const kill = async (): Promise<void> => {
    const running = child
    if (running === undefined || running.exitCode !== null) return
    const gone = once(running, 'exit')
    running.kill('SIGKILL')
    await gone
  }
  onTestFinished(kill)
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
  return {
    start,
    last: () => report,
    async acked(name) {
      const wanted = reports + 3
      while (reports < wanted) await pause(10)
      return report.cursors[name].acked
    },
    async during(ms) {
      most.graphite = most.influx = 0
      await pause(ms / 2)
      const before = { ...most }
      await kill()
      const seen = reports
      start()
      while (reports === seen) await pause(10)
      await pause(ms / 2)
      // Right after its start it is behind by what it had not yet noted as acknowledged, which comes again.
      const behind = (name: 'graphite' | 'influx'): number => Math.max(before[name], report.cursors[name].lag)
      return { graphite: behind('graphite'), influx: behind('influx') }
    },
  }
}
