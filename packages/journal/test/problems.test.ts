import { silentLogger } from '@tocsin/core'
import { afterEach, describe, expect, it, vi } from 'vitest'

import type { JournalProblem } from '../src/index.ts'
import { createProblemLog } from '../src/problems.ts'
import { newFileSystem, openStrings, settle } from './helpers/journals.ts'

let now = 0
const clock = { now: () => now }
const spy = () => vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)

afterEach(() => {
  now = 0
  vi.restoreAllMocks()
})

describe('the problems of a journal', () => {
  it('are at most ten a second for each reason, say how many they stand for, and are all counted', () => {
    const log = createProblemLog(clock, silentLogger)
    log.takeEarly()
    const heard: JournalProblem[] = []
    log.problems.subscribe((problem) => heard.push(problem))
    for (let times = 0; times < 25; times += 1) log.report({ reason: 'io', message: `no ${times}` })
    now = 1000
    log.report({ reason: 'io', message: 'again', file: 'x', fromSeq: 1, toSeq: 2 })
    expect(heard.length).toBe(11)
    expect(heard[10]).toEqual({
      ...{ type: 'problem', from: 'journal', reason: 'io', message: 'again', time: 1000, count: 16 },
      ...{ file: 'x', fromSeq: 1, toSeq: 2 },
    })
    expect(log.count).toBe(26)
  })

  it('of opening are kept for its report, all of them and without a warning', () => {
    const warning = spy()
    const log = createProblemLog(clock, silentLogger)
    for (let times = 0; times < 25; times += 1) log.report({ reason: 'corrupt', message: 'm' })
    const early = log.takeEarly()
    expect(early.length).toBe(25)
    expect(early[24]).toEqual({
      type: 'problem',
      from: 'journal',
      reason: 'corrupt',
      message: 'm',
      time: 0,
      count: 1,
    })
    expect(warning).not.toHaveBeenCalled()
  })

  it('are a warning of the process, once for each reason, where nobody hears them', async () => {
    const warning = spy()
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    const mend = fileSystem.fail('sync', 'EIO')
    for (const value of ['1', '2']) await expect(journal.append(value)).rejects.toThrow('JOURNAL_IO')
    mend()
    await settle()
    expect(warning.mock.calls.map(([, kind]) => kind)).toEqual([
      { type: 'TocsinWarning', code: 'journal/io' },
    ])
    expect(journal.stats.problems).toBeGreaterThan(1)
    await journal.close()
  })

  it.each([
    ['somebody listens', true, silentLogger],
    ['a logger was given', false, { ...silentLogger, warn: () => undefined }],
  ])('are no warning of the process where %s', (_, listens, logger) => {
    const warning = spy()
    const log = createProblemLog(clock, logger)
    log.takeEarly()
    if (listens) log.problems.subscribe()
    log.report({ reason: 'io', message: 'm' })
    expect(warning).not.toHaveBeenCalled()
  })

  it.each(['disk-full', 'fenced', 'quarantined', 'quarantine-full'] as const)(
    'of reason %s warn nobody who learns of it otherwise, and are heard by whoever listens',
    (reason) => {
      const warning = spy()
      const log = createProblemLog(clock, silentLogger)
      log.takeEarly()
      log.report({ reason, message: 'm' })
      expect(warning).not.toHaveBeenCalled()
      const heard: JournalProblem[] = []
      log.problems.subscribe((problem) => heard.push(problem))
      log.report({ reason, message: 'm' })
      expect(heard.length).toBe(1)
    },
  )
})
