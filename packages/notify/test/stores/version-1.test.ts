import { readFile } from 'node:fs/promises'

import { untilStopped } from '@tocsin/core/testing'
import { describe, expect, it } from 'vitest'

import { openNotifyStore, salvageNotifyStore, verifyNotifyStore } from '../../src/store.ts'
import { memoryFileSystem } from '../../src/testing/index.ts'
import type { MemoryFileSystem } from '../../src/testing/index.ts'
import { held } from '../../src/testing/stored-changes.ts'

const golden = await readFile(new URL('../golden/version-1/alerts.log', import.meta.url))

/** A folder of version 1 with this file. */
async function folderWith(bytes: Uint8Array): Promise<MemoryFileSystem> {
  const fileSystem = memoryFileSystem()
  await fileSystem.makeDirectory('alerts')
  const file = await fileSystem.open('alerts/alerts.log', 'create')
  await file.write(bytes, 0)
  await file.sync()
  await fileSystem.syncDirectory('alerts')
  await fileSystem.syncDirectory('.')
  return fileSystem
}

/** What stands for one thing, as an object. */
const shown = (all: ReadonlyMap<string, string>, kind: string): unknown[] =>
  [...all].filter(([name]) => name.startsWith(`${kind} `)).map(([, value]) => JSON.parse(value) as unknown)

describe('a folder of version 1', () => {
  it('goes on as it was: each alert, with what each place was told of it and is still to be told', async () => {
    const fileSystem = await folderWith(golden)
    const store = await openNotifyStore('alerts', { fileSystem })
    expect(store.recovery).toEqual({ damaged: [], tornBytes: 0 })
    expect(store.openAlerts().map(({ series }) => series)).toEqual([
      'queue|shop:berlin',
      'disk|__proto__:x',
      'known',
    ])
    const all = await held(store)
    const alerts = shown(all, 'alert') as { series: string; places: unknown[]; seen: string[] }[]
    const placesOf = (series: string): unknown[] =>
      alerts.find((alert) => alert.series === series)?.places ?? []
    // What it knows is not what it is about to be told, which is severity 5.
    expect(placesOf('queue|shop:berlin')).toEqual([
      expect.objectContaining({ place: 'a', told: 'yes', severity: 1, planned: expect.any(String) }),
      expect.objectContaining({ place: 'b', told: 'yes', severity: 1, planned: expect.any(String) }),
    ])
    // And one that was told nothing yet knows no severity.
    expect(placesOf('known')).toEqual([
      { place: 'a', due: 8000, told: 'no', planned: expect.any(String), sequence: 1 },
      { place: 'b', due: 8000, told: 'no', planned: expect.any(String), sequence: 1 },
    ])
    const notifications = shown(all, 'notification') as { id: string; place: string; kind: string }[]
    for (const place of placesOf('ending')) {
      const { planned } = place as { planned: string }
      expect(place).toMatchObject({ told: 'yes', severity: 2, closed: true, sequence: 2 })
      expect(notifications.find(({ id }) => id === planned)).toEqual({
        id: planned,
        kind: 'recovery',
        place: (place as { place: string }).place,
        notifier: (place as { place: string }).place,
        alerts: [expect.stringMatching(/^rules\|ending\|/)],
        sequence: 2,
        severity: 2,
        time: 7000,
      })
    }
    expect(shown(all, 'ended')).toHaveLength(2)
    expect(shown(all, 'maintenance')).toHaveLength(1)
    expect(alerts.find(({ series }) => series === 'known')).toMatchObject({
      acknowledgement: { by: 'ann', notes: 'ümlaut' },
      openings: 1,
      heardAt: 8000,
    })
  })

  it('is one of today from then on, also where the power goes while it is turned into one', async () => {
    const whole = await folderWith(golden)
    const expected = await held(await openNotifyStore('alerts', { fileSystem: whole }))
    expect(await whole.list('alerts')).toEqual(['snapshot-1.log'])
    expect(expected.size).toBeGreaterThan(8)
    for (let operation = 1; operation < 12; operation++) {
      const fileSystem = await folderWith(golden)
      const stop = fileSystem.operations + operation
      fileSystem.stopAt(stop)
      await untilStopped(fileSystem, stop, () => openNotifyStore('alerts', { fileSystem }))
      for (const after of [fileSystem.powerCut({}), fileSystem.processKill()]) {
        expect(await held(await openNotifyStore('alerts', { fileSystem: after }))).toEqual(expected)
      }
    }
  })

  it('costs a line where a byte is damaged, also of the last, whole one; the old file is kept then', async () => {
    let worst = 0
    for (let at = 0; at < golden.length; at += 211) {
      const bytes = Uint8Array.from(golden)
      bytes[at] = (bytes[at] ?? 0) ^ 0x04
      const fileSystem = await folderWith(bytes)
      const { recovery } = await openNotifyStore('alerts', { fileSystem })
      const [part] = recovery.damaged
      expect(recovery.damaged).toHaveLength(1)
      expect(part).toMatchObject({ file: 'alerts.log', records: 1 })
      worst = Math.max(worst, (part?.to ?? 0) - (part?.from ?? 0))
      expect(await fileSystem.list('alerts')).toEqual(['alerts.log.damaged', 'snapshot-1.log'])
    }
    expect(worst).toBeLessThan(golden.length / 2)
  })

  it('that was cut off has lost an append that was never acknowledged, and no more', async () => {
    for (const cut of [1, 2, 100, 2000]) {
      const fileSystem = await folderWith(golden.subarray(0, golden.length - cut))
      const { damaged, tornBytes } = (await openNotifyStore('alerts', { fileSystem })).recovery
      expect(damaged).toEqual([])
      expect(tornBytes).toBeGreaterThan(0)
    }
  })

  it('of which a line holds something else loses that, and is told', async () => {
    const { crc32 } = await import('node:zlib')
    const hexadecimal = (value: number): string => value.toString(16).padStart(8, '0')
    const line = (content: unknown): Buffer => {
      const json = Buffer.from(JSON.stringify(content))
      return Buffer.from(`${hexadecimal(crc32(json))} ${hexadecimal(json.length)} ${json.toString()}\n`)
    }
    const strange = [{ type: 'alert' }, { type: 'alert', alert: { id: 'a' } }, null]
    const fileSystem = await folderWith(Buffer.concat([golden, line(strange)]))
    const { damaged } = (await openNotifyStore('alerts', { fileSystem })).recovery
    expect(damaged).toEqual([{ file: 'alerts.log', from: 0, to: expect.any(Number), records: 3 }])
  })

  it('is verified and salvaged as it is', async () => {
    const fileSystem = await folderWith(golden)
    const report = await verifyNotifyStore('alerts', { fileSystem })
    expect(report).toMatchObject({
      version: 1,
      alerts: 4,
      maintenance: 1,
      ended: 2,
      damaged: [],
      tornBytes: 0,
    })
    expect(await salvageNotifyStore('alerts', 'other', { fileSystem })).toEqual(report)
    expect(await fileSystem.list('alerts')).toEqual(['alerts.log'])
    expect(await verifyNotifyStore('other', { fileSystem })).toEqual({ ...report, version: 2 })
  })
})
