import { afterEach, describe, expect, it, vi } from 'vitest'

import { createProblemReporter } from '../src/index.ts'
import type { Problem, ProblemListener } from '../src/index.ts'

let now = 0
const heard: Problem[] = []
const reporter = (listener: ProblemListener<Problem> | undefined) =>
  createProblemReporter<Problem>({ from: 'part', clock: { now: () => now }, listener, perSecond: 2 })

afterEach(() => {
  now = 0
  heard.length = 0
  vi.restoreAllMocks()
})

describe('problems', () => {
  it('carry who tells, when, and how many they stand for', () => {
    const report = reporter({ next: (problem) => heard.push(problem) })
    for (let time = 0; time < 5; time += 1) report('odd', () => ({ message: `no ${time}`, series: 'cpu' }))
    now = 1000
    report('odd', () => ({ message: 'later', count: 3 }))
    expect(heard).toEqual([
      { type: 'problem', from: 'part', reason: 'odd', message: 'no 0', time: 0, count: 1, series: 'cpu' },
      { type: 'problem', from: 'part', reason: 'odd', message: 'no 1', time: 0, count: 1, series: 'cpu' },
      { type: 'problem', from: 'part', reason: 'odd', message: 'later', time: 1000, count: 6 },
    ])
  })

  it('are described only where they are shown', () => {
    const describe = vi.fn(() => ({ message: 'dear to say' }))
    const report = reporter({ next: (problem) => heard.push(problem) })
    for (let times = 0; times < 100; times += 1) report('odd', describe)
    expect(describe).toHaveBeenCalledTimes(2)
  })

  it('are shown again after a clock was set back', () => {
    const report = reporter({ next: (problem) => heard.push(problem) })
    now = 10_000
    for (let times = 0; times < 3; times += 1) report('odd', () => ({ message: 'm' }))
    now = 5000
    report('odd', () => ({ message: 'm' }))
    expect(heard).toHaveLength(3)
  })

  it.each([
    ['nobody was given', undefined],
    ['nobody listens to the subject', { observed: false, next: () => undefined }],
  ])('are a warning of the process, once for each reason, where %s', (_, listener) => {
    const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const report = reporter(listener)
    for (const reason of ['odd', 'odd', 'even']) report(reason, () => ({ message: `it is ${reason}` }))
    expect(warning.mock.calls).toEqual(
      ['odd', 'even'].map((reason) => [
        `it is ${reason} (told once; listen to "problems" to hear of all)`,
        { type: 'TocsinWarning', code: `part/${reason}` },
      ]),
    )
  })

  it('that nobody heard are counted for who comes later', () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    let observed = false
    const report = reporter({
      next: (problem) => heard.push(problem),
      get observed() {
        return observed
      },
    })
    for (let times = 0; times < 3; times += 1) report('odd', () => ({ message: 'm' }))
    observed = true
    report('odd', () => ({ message: 'm' }))
    expect(heard.map(({ count }) => count)).toEqual([3])
  })
})
