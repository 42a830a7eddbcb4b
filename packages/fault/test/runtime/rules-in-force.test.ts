import { BehaviorSubject, EMPTY, NEVER, Subject, throwError } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import {
  evaluate,
  type EvaluateOptions,
  type FaultEvent,
  type FaultInput,
  type FaultProblem,
  type OpenFault,
  ruleSet,
  type RuleSetInput,
  series,
} from '../../src/index.ts'
import { virtualTime, type VirtualTime } from '../../src/testing/index.ts'

const load = series('load')
const above = (limit: number, id = 'load'): RuleSetInput =>
  ruleSet(id).select('__name:load').above(limit, 2).build()
const broken = (id: string): RuleSetInput => ({ ...above(1, id), select: 'and(' })
const notRules = (value: unknown): readonly RuleSetInput[] => value as readonly RuleSetInput[]

let time: VirtualTime
beforeEach(() => {
  time = virtualTime()
})
afterEach(() => time.end())

/** Judges by a stream of rule sets, and writes down what is told. */
function judge(first?: readonly RuleSetInput[], options: EvaluateOptions = { open: [] }) {
  const ruleSets = first === undefined ? new Subject<readonly RuleSetInput[]>() : new BehaviorSubject(first)
  const source = new Subject<FaultInput>()
  const told: string[] = []
  const events: FaultEvent[] = []
  const problems: FaultProblem[] = []
  const subscription = source
    .pipe(evaluate(ruleSets, { problems: { next: (problem) => problems.push(problem) }, ...options }))
    .subscribe({
      next: (event) => {
        events.push(event)
        told.push(`${event.type} ${event.ruleSet} ${event.cause.reason}`)
      },
      error: (error: unknown) => told.push(String(error)),
      complete: () => told.push('complete'),
    })
  let now = 0
  const send = (value: number): void => source.next({ series: load, time: (now += 1), value, kind: 'gauge' })
  return { ruleSets, source, told, events, problems, subscription, send }
}

describe('evaluate by a stream of rule sets', () => {
  it('judges by the newest, and keeps the state of what is alike', () => {
    const { ruleSets, told, send } = judge([above(8), above(5, 'other')])
    send(9)
    ruleSets.next([above(8), above(3, 'other'), above(4, 'new')])
    send(9)
    ruleSets.next([above(8)])
    send(9)
    send(1)
    expect(told).toEqual([
      'opened load above',
      'opened other above',
      'opened new above',
      'cleared other removed',
      'cleared new removed',
      'cleared load recovered',
    ])
  })

  it('subscribes to the source when the first rule sets are there, and to nothing twice', () => {
    const { ruleSets, source, told, send } = judge()
    expect(source.observed).toBe(false)
    send(9)
    ruleSets.next([above(8)])
    ruleSets.next([above(7)])
    send(9)
    // A second one would have judged it too.
    expect(told).toEqual(['opened load above'])
  })

  it('goes on with the last ones where the stream ends, ends where there were none, and fails with it', () => {
    const { ruleSets, told, send } = judge([above(8)])
    ruleSets.complete()
    send(9)
    expect(told).toEqual(['opened load above'])
    const complete = vi.fn()
    NEVER.pipe(evaluate(EMPTY)).subscribe({ complete })
    expect(complete).toHaveBeenCalledOnce()
    const error = vi.fn()
    NEVER.pipe(evaluate(throwError(() => new Error('no rules')))).subscribe({ error })
    expect(error).toHaveBeenCalledWith(new Error('no rules'))
  })

  it('leaves the stream with the observer, and with the end of the source', () => {
    const first = judge([above(8)])
    first.subscription.unsubscribe()
    const second = judge([above(8)])
    second.source.complete()
    expect([first, second].map(({ ruleSets, source }) => [ruleSets.observed, source.observed])).toEqual([
      [false, false],
      [false, false],
    ])
  })

  it('takes rule sets that an observer brings within an event', () => {
    const { ruleSets, source, told, send } = judge([above(8)])
    const second: string[] = []
    const own = new BehaviorSubject([above(8)])
    source.pipe(evaluate(own, { open: [] })).subscribe(({ type, cause }) => {
      second.push(`${type} ${cause.reason}`)
      if (type === 'opened') own.next([])
    })
    send(9)
    send(9)
    expect(second).toEqual(['opened above', 'cleared removed'])
    expect([told, ruleSets.observed]).toEqual([['opened load above'], true])
  })
})

describe('a broken rule set', () => {
  it('stops no other, and what it was before stays in force', () => {
    const { ruleSets, told, problems, send } = judge([above(8), above(5, 'other')])
    ruleSets.next([broken('load'), above(6, 'other')])
    send(9)
    expect(told.toSorted()).toEqual(['opened load above', 'opened other above'])
    expect(problems).toMatchObject([{ reason: 'bad-ruleset', ruleSet: 'load', count: 1 }])
    expect(problems[0]?.message).toMatch(/^rulesets\[0\]\.select .*; what it was before stays in force$/)
    ruleSets.next([broken('load')])
    ruleSets.next([above(10)])
    send(9)
    expect(told.slice(2).toSorted()).toEqual(['cleared load recovered', 'cleared other removed'])
  })

  it('is told with its first flaw, and judges nothing where it was never good', () => {
    const { told, problems, send } = judge([broken('load'), above(8, 'other')])
    send(9)
    expect(told).toEqual(['opened other above'])
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^rulesets\[0\]\.select .*; it judges nothing$/),
    ])
  })

  it.each([
    ['no list', notRules({})],
    ['null', notRules(null)],
    ['a list with holes', notRules(new Array(20_000))],
  ])('leaves all as it was: %s', (_, document) => {
    const { ruleSets, told, problems, send } = judge([above(8)])
    send(9)
    ruleSets.next(document)
    send(9)
    expect(told).toEqual(['opened load above'])
    expect(problems[0]?.message).toMatch(/^rulesets must be .*; all rule sets stay as they were$/)
  })

  it('neither clears nor forgets a fault that was open before, until it is known what watches it', () => {
    const first = judge([above(8), above(8, 'other')])
    first.send(9)
    const open: readonly OpenFault[] = first.events.filter(({ type }) => type === 'opened') as OpenFault[]
    const { ruleSets, told, events, send } = judge([broken('load')], { open })
    expect(told).toEqual(['cleared other removed'])
    ruleSets.next([above(8)])
    send(9)
    send(1)
    expect(told.slice(1)).toEqual(['cleared load recovered'])
    expect(events[1]).toMatchObject({ fault: open[0] && 'fault' in open[0] ? open[0].fault : '' })
    const again = judge([broken('load')], { open: open.slice(0, 1) })
    again.ruleSets.next([])
    expect(again.told).toEqual(['cleared load removed'])
  })

  it('throws at the call where the rule sets are a list', () => {
    expect(() => evaluate([broken('load')])).toThrow(expect.objectContaining({ code: 'FAULT_BAD_RULESET' }))
  })
})
