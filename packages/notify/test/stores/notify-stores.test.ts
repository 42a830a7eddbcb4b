import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'

import { memoryFileSystem } from '../../src/testing/index.ts'
import { describe, expect, it } from 'vitest'

import { encodeLine, logHeader } from '../../src/stores/log-format.ts'
import { memoryNotifyStore } from '../../src/index.ts'
import { openNotifyStore } from '../../src/store.ts'
import type { NotifyChange, NotifyStore } from '../../src/index.ts'
import { Rig } from '../support/engine.ts'
import { cleared, opened } from '../support/signals.ts'

/** Changes of real runs, one array per append. */
function appends(): NotifyChange[][] {
  const rig = new Rig()
  const all: NotifyChange[][] = []
  const take = (): void => void all.push(rig.log.slice(all.flat().length))
  rig.signal(opened(0, { metric: 'ümlaut "quoted"\n' }))
  take()
  const tags = JSON.parse('{"__proto__":"x"}') as Record<string, string>
  rig.signal(opened(10, { metric: 'disk', tags }))
  take()
  rig.command({ type: 'acknowledge', alert: rig.alertId, by: 'ann' })
  rig.command({ type: 'maintenance', maintenance: { id: 'm', select: '__name:*', from: 0, to: 1e6 } })
  take()
  rig.signal(cleared(20, { metric: 'disk', tags, openedAt: 10 }))
  take()
  return all
}

const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

const stores: Record<string, () => Promise<NotifyStore>> = {
  'in memory': async () => memoryNotifyStore(),
  'in a file': () => openNotifyStore('alerts', { fileSystem: memoryFileSystem() }),
}

describe.each(Object.entries(stores))('a store %s', (_, open) => {
  it('gives back what adds up to what was appended', async () => {
    const store = await open()
    const all = appends()
    for (const changes of all) await store.append(changes)
    const rig = new Rig()
    for (const change of await store.load()) rig.log.push(change)
    rig.restart()
    expect([...rig.engine.state.alerts.values()].map(({ series }) => series)).toEqual(['ümlaut "quoted"\n'])
    expect([...rig.engine.state.maintenance.keys()]).toEqual(['m'])
    expect(rig.attempts).toEqual([])
    expect(store.openAlerts().map(({ signal }) => signal.id)).toHaveLength(1)
  })

  it('serves one run at a time', async () => {
    const store = await open()
    await store.load()
    expect(() => store.load()).toThrow(expect.objectContaining({ code: 'NOTIFY_STORE_IN_USE' }))
    store.release()
    await store.load()
  })
})

describe('a store in a file', () => {
  const [first = [], second = [], ...rest] = appends()

  it('is the same after it was closed and opened again', async () => {
    const fileSystem = memoryFileSystem()
    const store = await openNotifyStore('alerts', { fileSystem })
    for (const changes of [first, second, ...rest]) await store.append(changes)
    const before = json(await store.load())
    await store[Symbol.asyncDispose]()
    const again = await openNotifyStore('alerts', { fileSystem })
    expect(json(await again.load())).toEqual(before)
    expect(again.openAlerts()).toHaveLength(1)
  })

  it('has synced an append when it resolves, and after a power cut holds exactly what resolved', async () => {
    const fileSystem = memoryFileSystem()
    const store = await openNotifyStore('alerts', { fileSystem })
    await store.append(first)
    const resolved = json(await store.load())
    const undo = fileSystem.fail('sync', 'EIO')
    await expect(store.append(second)).rejects.toMatchObject({ code: 'NOTIFY_STORE_FAILED' })
    undo()
    const size = fileSystem.contents('alerts/alerts.log').length
    for (let kept = 0; kept < size; kept += 7) {
      const after = fileSystem.powerCut((bytes) => bytes.subarray(0, Math.min(kept, bytes.length - 1)))
      const again = await openNotifyStore('alerts', { fileSystem: after })
      expect(json(await again.load())).toEqual(resolved)
    }
  })

  it('takes nothing more after a failure, until it is opened again', async () => {
    const fileSystem = memoryFileSystem()
    const store = await openNotifyStore('alerts', { fileSystem })
    await store.append(first)
    const undo = fileSystem.fail('write', 'ENOSPC')
    await expect(store.append(second)).rejects.toMatchObject({
      code: 'NOTIFY_STORE_FAILED',
      cause: expect.objectContaining({ code: 'ENOSPC' }),
    })
    undo()
    await expect(store.append(second)).rejects.toMatchObject({ code: 'NOTIFY_STORE_FAILED' })
    await expect(store.load()).rejects.toMatchObject({ code: 'NOTIFY_STORE_FAILED' })
    const again = await openNotifyStore('alerts', { fileSystem })
    await again.append(second)
    expect(again.openAlerts()).toHaveLength(2)
  })

  it('refuses a damaged file at every byte that is not the end, and says where', async () => {
    const fileSystem = memoryFileSystem()
    const store = await openNotifyStore('alerts', { fileSystem })
    await store.append(first)
    const beforeLast = fileSystem.contents('alerts/alerts.log').length
    await store.append(second)
    await store[Symbol.asyncDispose]()
    const whole = fileSystem.contents('alerts/alerts.log')
    for (let at = 0; at < whole.length; at++) {
      const damaged = fileSystem.powerCut(() => undefined)
      const bytes = damaged.contents('alerts/alerts.log')
      bytes[at] = (bytes[at] ?? 0) ^ 0x04
      const again = openNotifyStore('alerts', { fileSystem: damaged })
      // The last append cannot be told from one that the power cut off.
      if (at >= beforeLast) expect((await again).openAlerts()).toHaveLength(1)
      else await expect(again).rejects.toMatchObject({ code: 'NOTIFY_STORE_CORRUPT' })
    }
  })

  it('is compacted when it has grown, and never left without a file', async () => {
    const fileSystem = memoryFileSystem()
    const store = await openNotifyStore('alerts', { fileSystem, compactBytes: 5000 })
    let largest = 0
    for (let round = 0; round < 50; round++) {
      await store.append(first)
      largest = Math.max(largest, fileSystem.contents('alerts/alerts.log').length)
      const after = fileSystem.powerCut(() => undefined)
      expect((await openNotifyStore('alerts', { fileSystem: after })).openAlerts()).toHaveLength(1)
    }
    expect(largest).toBeLessThan(15_000)
    expect(await fileSystem.list('alerts')).toEqual(['alerts.log'])
  })

  it('keeps the old file where compaction fails, whatever step of it', async () => {
    for (const step of ['open', 'write', 'sync', 'rename'] as const) {
      const fileSystem = memoryFileSystem()
      const store = await openNotifyStore('alerts', { fileSystem })
      await store.append(first)
      await store[Symbol.asyncDispose]()
      const undo = fileSystem.fail(step, 'EIO')
      await expect(openNotifyStore('alerts', { fileSystem })).rejects.toMatchObject({
        code: 'NOTIFY_STORE_FAILED',
      })
      undo()
      expect((await openNotifyStore('alerts', { fileSystem })).openAlerts()).toHaveLength(1)
    }
  })

  it('refuses appends after it was closed, and files of others and of later versions', async () => {
    const fileSystem = memoryFileSystem()
    const store = await openNotifyStore('alerts', { fileSystem })
    await store.close()
    await store[Symbol.asyncDispose]()
    await expect(store.append(first)).rejects.toMatchObject({ code: 'NOTIFY_STORE_CLOSED' })
    fileSystem.contents('alerts/alerts.log').set(new TextEncoder().encode('something else'))
    await expect(openNotifyStore('alerts', { fileSystem })).rejects.toMatchObject({
      code: 'NOTIFY_STORE_CORRUPT',
    })
  })

  it.each<[string, unknown, string]>([
    ['no changes', { type: 'alert' }, 'changes must be an array of changes, got an object with type'],
    ['a change of no known type', [{ type: 'alarm' }], 'changes[0].type must be one of "alert", '],
    ['half an alert', [...first, { type: 'alert', alert: { id: 'a' } }], '.alert.ruleSet is missing'],
    [
      'a signal without its series',
      JSON.parse(JSON.stringify(first).replaceAll('"series":{', '"other":{')),
      '.alert.signal.series is missing',
    ],
  ])('refuses a file whose sums are right and that holds %s, and says where', async (_, content, message) => {
    const fileSystem = memoryFileSystem()
    await fileSystem.makeDirectory('alerts')
    const header = encodeLine(logHeader, crc32)
    const file = await fileSystem.open('alerts/alerts.log', 'create')
    await file.write(header, 0)
    await file.write(encodeLine(content, crc32), header.length)
    const opening = openNotifyStore('alerts', { fileSystem })
    await expect(opening).rejects.toMatchObject({
      code: 'NOTIFY_STORE_CORRUPT',
      facts: { offset: header.length },
    })
    await expect(opening).rejects.toThrow(message)
  })

  it('works on the disk of the machine', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'notify-store-'))
    try {
      const path = join(folder, 'deep', 'alerts')
      const store = await openNotifyStore(path)
      await store.append(first)
      await store[Symbol.asyncDispose]()
      const file = join(path, 'alerts.log')
      await writeFile(file, Buffer.concat([await readFile(file), Buffer.from('torn')]))
      const warnings: object[] = []
      const nothing = (): void => undefined
      const logger = {
        debug: nothing,
        info: nothing,
        error: nothing,
        warn: (facts: object) => warnings.push(facts),
      }
      const again = await openNotifyStore(path, { logger })
      expect(again.openAlerts()).toHaveLength(1)
      expect(warnings).toEqual([expect.objectContaining({ tornBytes: 4 })])
      await again[Symbol.asyncDispose]()
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('says what is wrong with its options', async () => {
    await expect(openNotifyStore('')).rejects.toMatchObject({ code: 'NOTIFY_BAD_OPTION' })
    await expect(openNotifyStore('x', { compactBytes: -1 })).rejects.toMatchObject({
      code: 'NOTIFY_BAD_OPTION',
    })
  })
})
