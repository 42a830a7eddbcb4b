import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel'

import { afterEach, describe, expect, it, vi } from 'vitest'

import { createProblemReporter, type Problem } from '../../src/index.ts'
import { diagnosticsChannel } from '../../src/ports/diagnostics-channel.ts'

const messages: unknown[] = []
const hear = (message: unknown): void => void messages.push(message)

afterEach(() => {
  unsubscribe('tocsin:problem', hear)
  messages.length = 0
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

describe('a channel', () => {
  it('is that of Node by its name, and knows whether somebody listens', () => {
    const own = diagnosticsChannel('tocsin:test')
    expect(own).toBe(channel('tocsin:test'))
    expect(own.hasSubscribers).toBe(false)
    subscribe('tocsin:test', hear)
    expect(own.hasSubscribers).toBe(true)
    own.publish({ is: 'heard' })
    unsubscribe('tocsin:test', hear)
    expect(own.hasSubscribers).toBe(false)
    expect(messages).toEqual([{ is: 'heard' }])
  })

  it.each([
    ['there is no process', undefined],
    ['Node is older than 20.16', {}],
    ['there is no such module', { getBuiltinModule: () => undefined }],
  ])('is one that nobody hears where %s', (_, process) => {
    vi.stubGlobal('process', process)
    const own = diagnosticsChannel('tocsin:test')
    expect(own.hasSubscribers).toBe(false)
    own.publish({ is: 'not heard' })
  })
})

describe('the channel of problems', () => {
  const reporter = (from: string, next?: (problem: Problem) => void) =>
    createProblemReporter<Problem>({
      from,
      clock: { now: () => 7 },
      listener: next && { next },
      perSecond: 2,
    })

  it('has the problems of all parts, as many as are shown', () => {
    subscribe('tocsin:problem', hear)
    const heard: Problem[] = []
    const reports = [reporter('one', (problem) => heard.push(problem)), reporter('other')]
    for (const report of reports)
      for (let times = 0; times < 5; times += 1) report('odd', () => ({ message: 'm' }))
    expect(messages).toHaveLength(4)
    expect(messages.slice(0, 2)).toEqual(heard)
    expect(messages[2]).toEqual({
      ...{ type: 'problem', from: 'other', reason: 'odd', message: 'm', time: 7, count: 1 },
    })
  })

  it('counts as one who listens, so that there is no warning, until nobody is there', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const report = reporter('part')
    subscribe('tocsin:problem', hear)
    report('odd', () => ({ message: 'heard' }))
    expect(warn).not.toHaveBeenCalled()
    unsubscribe('tocsin:problem', hear)
    report('odd', () => ({ message: 'unheard' }))
    expect(warn).toHaveBeenCalledOnce()
  })

  it('describes nothing while nobody is there', () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const report = reporter('part')
    const describe = vi.fn(() => ({ message: 'dear to say' }))
    report('odd', describe)
    report('odd', describe)
    expect(describe).toHaveBeenCalledOnce()
  })
})
