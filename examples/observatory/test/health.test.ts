import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { openJournal } from '@tocsin/journal'
import type { Journal } from '@tocsin/journal'
import { sampleCodec } from '@tocsin/journal/samples'
import { memoryFileSystem } from '@tocsin/journal/testing'
import type { Sample } from '@tocsin/protocols'
import type { RollupStore } from '@tocsin/rollup/store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { HealthRecord } from '../server/health.ts'

let journal: Journal<Sample>
let health: HealthRecord
let folder = ''
beforeEach(async () => {
  journal = await openJournal('journal', { codec: sampleCodec(), fileSystem: memoryFileSystem() })
  folder = await mkdtemp(join(tmpdir(), 'observatory-'))
  health = new HealthRecord(journal, folder)
})
afterEach(async () => {
  await journal.close()
  await rm(folder, { recursive: true, force: true })
})

const well = { status: 'ok', sources: 'ok', journal: 'ok', rollups: 'ok', pipeline: 'ok' }

describe('the health of the observatory', () => {
  it('is not ok before the sources are bound, and not when they are being stopped', () => {
    expect(health.read()).toEqual({
      ...well,
      status: 'starting',
      sources: 'not bound yet',
      pipeline: 'not started yet',
    })
    health.running()
    expect(health.read()).toEqual(well)
    health.stopping()
    expect(health.read()).toEqual({ ...well, status: 'stopping', sources: 'stopped', pipeline: 'stopped' })
  })

  it('fails with what the rollups said until they can write again', async () => {
    let isBroken = true
    const stored = {} as Awaited<ReturnType<RollupStore['write']>>
    const write = (): Promise<typeof stored> =>
      isBroken ? Promise.reject(new Error('the disk is gone')) : Promise.resolve(stored)
    const watched = health.watched({ write } as Partial<RollupStore> as RollupStore)
    const batch = {} as Parameters<RollupStore['write']>[0]
    health.running()
    await expect(watched.write(batch)).rejects.toThrow('the disk is gone')
    expect(health.read()).toEqual({ ...well, status: 'failing', rollups: 'the disk is gone' })
    isBroken = false
    expect(await watched.write(batch)).toBe(stored)
    expect(health.read()).toEqual(well)
  })

  it('fails when the folder of the rollups is gone, although open files take what is written', async () => {
    health.running()
    await rm(folder, { recursive: true })
    expect(health.read()).toEqual({ ...well, status: 'failing', rollups: 'their folder is gone' })
  })

  it('fails with what ended the pipeline, and with the state of a journal that takes nothing', async () => {
    health.running()
    await journal.close()
    expect(health.read()).toEqual({ ...well, status: 'failing', journal: 'closed' })
    health.failed(new Error('a port was lost'))
    expect(health.read()).toMatchObject({ sources: 'stopped', pipeline: 'a port was lost' })
  })
})
