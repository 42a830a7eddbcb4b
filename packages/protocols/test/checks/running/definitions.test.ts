import { NEVER, of, Subject, throwError } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { CheckDefinition } from '../../../src/checks/check.ts'
import { checks } from '../../../src/checks/checks.ts'
import { receive } from '../../sockets.ts'
import { check, createStage, good, hangs, line, type Stage } from '../stage.ts'

let stage: Stage
beforeEach(() => {
  stage = createStage()
})
afterEach(() => stage[Symbol.dispose]())

const named = (name: string, more: Partial<CheckDefinition> = {}): CheckDefinition => ({
  check: { ...good, name },
  periodMs: 1000,
  phaseMs: 0,
  ...more,
})

describe('definitions as a stream', () => {
  it('add checks, change them and take them out while they run', async () => {
    const lists = new Subject<readonly CheckDefinition[]>()
    const { values, subscription } = receive(checks(lists, stage.options))
    await stage.advance(1000)
    lists.next([named('a')])
    await stage.advance(1000)
    lists.next([named('a', { periodMs: 300 }), named('b')])
    await stage.advance(700)
    lists.next([named('b')])
    await stage.advance(1300)
    lists.next([])
    await stage.advance(5000)
    subscription.unsubscribe()
    expect(values.map(line)).toEqual([
      'a 102000 good',
      'a 102300 good',
      'a 102600 good',
      'b 103000 good',
      'b 104000 good',
    ])
    expect([stage.timers, lists.observed]).toEqual([0, false])
  })

  it('leave alone what is in both, and what runs', async () => {
    const runs: string[] = []
    const slow = (version: string): CheckDefinition =>
      named('a', {
        check: check('a', async ({ signal }) => {
          await stage.sleep(200)
          runs.push(`${version} ${signal.aborted}`)
          return { state: 'good', status: version }
        }),
      })
    const lists = new Subject<readonly CheckDefinition[]>()
    const { values, subscription } = receive(checks(lists, stage.options))
    lists.next([slow('old')])
    await stage.advance(1100)
    lists.next([slow('new')])
    await stage.advance(1500)
    subscription.unsubscribe()
    expect(runs).toEqual(['old false', 'new false'])
    expect(values.map(({ status }) => status)).toEqual(['old', 'new'])
  })

  it('tell of what is taken out as it runs or waits, and abort it', async () => {
    let signal: AbortSignal | undefined
    const running = check('running', (context) => {
      ;({ signal } = context)
      return new Promise(() => undefined)
    })
    const lists = new Subject<readonly CheckDefinition[]>()
    const { values, subscription } = receive(checks(lists, { ...stage.options, concurrency: 1 }))
    lists.next([named('running', { check: running, attempts: 3 }), named('waiting'), named('stays')])
    await stage.advance(1000)
    lists.next([named('stays')])
    await stage.advance(10)
    subscription.unsubscribe()
    expect(values.map(line).sort()).toEqual([
      'running 101000 unknown removed',
      'stays 101000 good',
      'waiting 101000 unknown removed',
    ])
    expect(values.find(({ check: name }) => name === 'running')).toMatchObject({ attempt: 1, hard: false })
    expect(signal?.aborted).toBe(true)
  })

  it('start nothing that comes back before its last run has ended', async () => {
    let [now, most] = [0, 0]
    const stubborn = check('a', async () => {
      most = Math.max(most, (now += 1))
      await stage.sleep(1500)
      now -= 1
      return { state: 'good' }
    })
    const lists = new Subject<readonly CheckDefinition[]>()
    const { values, subscription } = receive(checks(lists, stage.options))
    lists.next([named('a', { check: stubborn })])
    await stage.advance(1000)
    lists.next([])
    lists.next([named('a', { check: stubborn, timeoutMs: 2000 })])
    await stage.advance(3600)
    subscription.unsubscribe()
    expect(values.map(line)).toEqual([
      'a 101000 unknown removed',
      'a 102000 unknown still-running',
      'a 104000 unknown still-running',
      'a 103000 good',
    ])
    expect(most).toBe(1)
  })

  it('that are wrong are problems, and what was defined by that name stays', async () => {
    const lists = new Subject<unknown>()
    const source = checks(lists as Subject<readonly CheckDefinition[]>, stage.options)
    const problems = receive(source.problems)
    const { values, subscription } = receive(source)
    lists.next([named('a'), named('b', { periodMs: undefined, phaseMs: undefined, after: 'a' })])
    lists.next([
      named('a', { periodMs: -1 }),
      named('b', { periodMs: undefined, phaseMs: undefined, after: 'a' }),
      named('c', { timeoutMs: NaN }),
      named('d'),
      named('d'),
      null,
    ])
    lists.next('no list')
    await stage.advance(1000)
    subscription.unsubscribe()
    expect(values.map(line)).toEqual(['a 101000 good', 'd 101000 good', 'b 101000 good'])
    expect(problems.values.map(({ reason, message }) => `${reason}: ${message}`)).toEqual([
      'bad-definition: "periodMs" of check "a" must be a whole number from 1 to 2147483647, got -1',
      'bad-definition: "timeoutMs" of check "c" must be a whole number from 1 to 2147483647, got NaN',
      'bad-definition: two checks are named "d"; give each a name of its own',
      'bad-definition: each check must be an object with name and run',
      'bad-definition: the definitions of checks must be a list',
    ])
  })

  it('of one name count where they stand first', async () => {
    const lists = new Subject<readonly CheckDefinition[]>()
    const { values, subscription } = receive(checks(lists, stage.options))
    const saying = (status: string): CheckDefinition => {
      const said = check('a', async () => ({ state: 'good', status }))
      return named('a', { check: said })
    }
    lists.next([saying('first'), saying('second')])
    await stage.advance(1000)
    lists.next([named('a', { periodMs: -1 }), saying('good one'), saying('last')])
    await stage.advance(1000)
    subscription.unsubscribe()
    expect(values.map(({ status }) => status)).toEqual(['first', 'good one'])
  })

  it('may end or fail, and the last list stays', async () => {
    const failing = checks(
      throwError(() => new Error('no such file')),
      stage.options,
    )
    const problems = receive(failing.problems)
    receive(failing).subscription.unsubscribe()
    expect(problems.values.map(({ message }) => message)).toEqual([
      'the stream of definitions ended: no such file',
    ])
    const { values, subscription } = receive(checks(of([named('a')]), stage.options))
    await stage.advance(2000)
    subscription.unsubscribe()
    expect(values.map(line)).toEqual(['a 101000 good', 'a 102000 good'])
  })

  it('may come from a result, and take out what is just to be told, started or timed out', async () => {
    for (const first of ['good', 'timed-out', 'skipped'] as const) {
      using own = createStage()
      const lists = new Subject<readonly CheckDefinition[]>()
      const told: string[] = []
      const subscription = checks(lists, { ...own.options, maxMissed: 1 }).subscribe((result) => {
        told.push(line(result))
        if (result.check !== 'first') return
        lists.next([])
        lists.next([named('late')])
      })
      const hanging = { check: { ...hangs, name: 'first' }, timeoutMs: 500 }
      lists.next([
        named('first', first === 'timed-out' ? hanging : {}),
        named('second', { check: { ...hangs, name: 'second' }, timeoutMs: 500 }),
        named('third', { phaseMs: first === 'timed-out' ? 500 : 0 }),
      ])
      if (first === 'skipped') own.stall(1000.5)
      await own.advance(1900)
      subscription.unsubscribe()
      const expected = {
        good: ['first 101000 good', 'second 101000 unknown removed', 'third 101000 unknown removed'],
        'timed-out': [
          'third 100500 good',
          'first 101000 bad timed-out',
          'second 101000 bad timed-out',
          'third 101500 unknown removed',
        ],
        skipped: [],
      }
      if (first !== 'skipped') expect([first, told]).toEqual([first, expected[first]])
      // Whatever was due had its result, once.
      expect(new Set(told).size).toBe(told.length)
      expect(own.timers).toBe(0)
    }
  })

  it('may be pushed by a check as it begins', async () => {
    const lists = new Subject<readonly CheckDefinition[]>()
    const { values, subscription } = receive(checks(lists, stage.options))
    const leaving = check('leaving', async () => {
      lists.next([named('other')])
      return { state: 'good' }
    })
    lists.next([named('leaving', { check: leaving }), named('third')])
    await stage.advance(1500)
    subscription.unsubscribe()
    expect(values.map(line)).toEqual([
      'leaving 101000 unknown removed',
      'third 101000 unknown removed',
      // It was not there when the tick passed.
    ])
  })

  it('keep no more than they must: a check that changes its host goes on', async () => {
    const lists = new Subject<readonly CheckDefinition[]>()
    const { values, subscription } = receive(checks(lists, { ...stage.options, perHost: 1 }))
    const on = (name: string, host: string): CheckDefinition => ({
      check: { ...hangs, name, host },
      periodMs: 1000,
      phaseMs: 0,
      timeoutMs: 400,
    })
    lists.next([on('a', 'x'), on('b', 'x')])
    await stage.advance(1000)
    lists.next([on('a', 'x'), on('b', 'y')])
    await stage.advance(900)
    subscription.unsubscribe()
    expect(values.map((result) => `${line(result)} ${result.lateMs}`)).toEqual([
      'a 101000 bad timed-out 0',
      'b 101000 bad timed-out 0',
    ])
  })
})

describe('a check after another', () => {
  const after = (name: string, parent: string, more: Partial<CheckDefinition> = {}): CheckDefinition => ({
    check: { ...good, name },
    after: parent,
    ...more,
  })

  it('runs after each run of it, whatever that found, with its tick', async () => {
    const bad = check('parent', async ({ signal }) => {
      if (stage.options.scheduler.now() > 102_000) await stage.sleep(800)
      if (signal.aborted) throw new Error('aborted')
      return { state: 'bad' }
    })
    const definitions = [
      after('grandchild', 'child'),
      after('child', 'parent'),
      named('parent', { check: bad, timeoutMs: 300 }),
    ]
    const { values, subscription } = receive(checks(definitions, stage.options))
    await stage.advance(2999)
    stage.stall(10_000)
    await stage.advance(900)
    subscription.unsubscribe()
    expect(values.map((result) => `${line(result)} ${result.lateMs}`)).toEqual([
      'parent 101000 bad not-good 0',
      'child 101000 good 0',
      'grandchild 101000 good 0',
      'parent 102000 bad not-good 0',
      'child 102000 good 0',
      'grandchild 102000 good 0',
      ...values.slice(6).map((result) => `${line(result)} ${result.lateMs}`),
    ])
    // A tick that was missed brings no run, one that timed out does.
    expect(values.slice(6).filter(({ check: name }) => name === 'child')).toHaveLength(
      values.slice(6).filter(({ check: name, reason }) => name === 'parent' && reason !== 'missed').length,
    )
    expect(values.some(({ check: name, reason }) => name === 'parent' && reason === 'missed')).toBe(true)
  })

  it('runs after a time-out too', async () => {
    const definitions = [
      named('parent', { check: { ...hangs, name: 'parent' }, timeoutMs: 300 }),
      after('child', 'parent'),
    ]
    const { values, subscription } = receive(checks(definitions, stage.options))
    await stage.advance(1500)
    subscription.unsubscribe()
    expect(values.map((result) => `${line(result)} ${result.lateMs}`)).toEqual([
      'parent 101000 bad timed-out 0',
      'child 101000 good 300',
    ])
  })

  it('is refused where it waits for itself, or for nobody', () => {
    const wait = /runs after ".*", which is no check of the list or waits for this one/
    expect(() => checks([after('a', 'a')])).toThrow(wait)
    expect(() => checks([after('a', 'b'), after('b', 'c'), after('c', 'a')])).toThrow(wait)
    expect(() => checks([after('a', 'nobody')])).toThrow(wait)
  })

  it('may be the last of a long chain', () => {
    const chain = Array.from({ length: 20_000 }, (_, at) => after(`c${at}`, `c${at + 1}`))
    expect(() => checks([...chain, named('c20000')])).not.toThrow()
    expect(() => checks(chain)).toThrow('which is no check of the list')
  })

  it('goes on as it was where a stream would make it wait for itself', async () => {
    const lists = new Subject<readonly CheckDefinition[]>()
    const source = checks(lists, stage.options)
    const problems = receive(source.problems)
    const { values, subscription } = receive(source)
    lists.next([named('a'), after('b', 'a')])
    lists.next([after('a', 'b'), after('b', 'a'), after('c', 'gone')])
    await stage.advance(1000)
    // Its parent is gone.
    lists.next([after('b', 'a')])
    await stage.advance(5000)
    subscription.unsubscribe()
    expect(values.map(line)).toEqual(['a 101000 good', 'b 101000 good'])
    expect(problems.values.map(({ reason }) => reason)).toEqual(
      Array.from({ length: problems.values.length }, () => 'bad-definition'),
    )
    expect(stage.timers).toBe(0)
  })
})

describe('soft and hard', () => {
  it('counts runs in a row that are not good, and looks again sooner while it is soft', async () => {
    const outcomes = ['good', 'bad', 'warning', 'unknown', 'bad', 'good', 'bad'] as const
    let run = 0
    const shaky = check('shaky', async () => ({ state: outcomes[run++] ?? 'good' }))
    const definitions = [{ check: shaky, periodMs: 10_000, phaseMs: 1000, attempts: 3, retryMs: 1500 }]
    const { values, subscription } = receive(checks(definitions, stage.options))
    await stage.advance(40_000)
    subscription.unsubscribe()
    expect(values.map(({ time, state, attempt, hard }) => `${time} ${state} ${attempt} ${hard}`)).toEqual([
      '101000 good 1 true',
      '111000 bad 1 false',
      '112500 warning 2 false',
      '114000 unknown 3 true',
      '121000 bad 3 true',
      '131000 good 1 true',
    ])
    expect(values.every(({ attempts }) => attempts === 3)).toBe(true)
  })

  it('is not counted by ticks without a run', async () => {
    let calls = 0
    const slow = check('slow', async () => {
      calls += 1
      await stage.sleep(calls === 1 ? 2500 : 0)
      return { state: 'bad' }
    })
    const definitions = [{ check: slow, periodMs: 1000, phaseMs: 0, timeoutMs: 500, attempts: 2 }]
    const { values, subscription } = receive(checks(definitions, stage.options))
    await stage.advance(4500)
    subscription.unsubscribe()
    expect(values.map((result) => `${line(result)} ${result.attempt} ${result.hard}`)).toEqual([
      'slow 101000 bad timed-out 1 false',
      'slow 102000 unknown still-running 1 false',
      'slow 103000 unknown still-running 1 false',
      'slow 104000 bad not-good 2 true',
    ])
  })
})

it('never emits where nothing is ever defined', async () => {
  const { values, subscription } = receive(checks(NEVER, stage.options))
  await stage.advance(1000)
  subscription.unsubscribe()
  expect([values, stage.timers]).toEqual([[], 0])
})
