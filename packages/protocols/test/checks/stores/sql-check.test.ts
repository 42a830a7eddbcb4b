import { describe, expect, it } from 'vitest'

import { runOnce } from '../../../src/checks/run-once.ts'
import { type SqlConnection, sqlCheck } from '../../../src/checks/stores/sql-check.ts'
import { expectConformance, type Manner, manners } from '../conformance.ts'
import { expectNoSecret, measuredBy } from '../scripted-server.ts'

const query = 'SELECT something'
const rows = [
  { queue: 'mail', waiting: '12', oldest: 1.5 },
  { queue: 'push', waiting: '0', oldest: null },
]
const measured = {
  row_count: 2,
  'waiting|ST[row:mail]': 12,
  'oldest|ST[row:mail]': 1.5,
  'waiting|ST[row:push]': 0,
}
const withoutTimes = (result: Parameters<typeof measuredBy>[0]): Readonly<Record<string, unknown>> => {
  const { query_duration: asked, connect_duration: connected, ...others } = measuredBy(result)
  for (const ms of [asked, connected]) if (ms !== undefined) expect(ms).toBeGreaterThanOrEqual(0)
  return others
}

describe('sqlCheck', () => {
  it.each([
    ['pg', { rows, fields: [] }],
    ['mysql2', [rows, [{ name: 'queue' }]]],
    ['mssql', { recordset: rows }],
    ['a function', rows],
  ])('measures the rows that %s gives, the first column as the tag row', async (_, answer) => {
    const asked: string[] = []
    const client = {
      query: async (words: string) => {
        asked.push(words)
        return answer
      },
    }
    const result = await runOnce(sqlCheck({ query, client }))
    expect(result).toMatchObject({ check: 'sql', state: 'good', available: 'yes' })
    expect(withoutTimes(result)).toEqual(measured)
    expect(measuredBy(result)).toHaveProperty('query_duration')
    expect(asked).toEqual([query])
    expect(withoutTimes(await runOnce(sqlCheck({ query, client: async () => answer })))).toEqual(measured)
  })

  it('measures the only column by its name, and takes the labels that it is told', async () => {
    const one = sqlCheck({ query, client: async () => [{ count: '3' }] })
    expect(withoutTimes(await runOnce(one))).toEqual({ row_count: 1, count: 3 })
    const answer = [
      { server: 'a', database: 'x', size: 1, commits: 7 },
      { server: 'a', database: null, size: 2, commits: 8 },
    ]
    const labels = ['server', 'database']
    const two = sqlCheck({ query, client: async () => answer, labels, counters: ['commits'] })
    expect(withoutTimes(await runOnce(two))).toEqual({
      row_count: 2,
      'size|ST[database:x,server:a]': 1,
      'commits|ST[database:x,server:a]': 'counter 7',
      'size|ST[database:null,server:a]': 2,
      'commits|ST[database:null,server:a]': 'counter 8',
    })
    const none = sqlCheck({ query, client: async () => [{ a: 1, b: 2 }], labels: [] })
    expect(withoutTimes(await runOnce(none))).toEqual({ row_count: 1, a: 1, b: 2 })
  })

  it('takes values as what they are, and whole numbers exactly', async () => {
    const row = {
      big: 18_446_744_073_709_551_615n,
      text_of_big: '-9007199254740993',
      small: 7n,
      decimal: '0.10',
      exponent: '1.5e-3',
      yes: true,
      no: false,
      time: new Date(1_700_000_000_000),
      code: '007',
      word: '12 monkeys',
      bytes: Buffer.from('x'),
      nothing: null,
      json: { a: 1 },
      nan: NaN,
    }
    const result = await runOnce(sqlCheck({ query, client: async () => [row], labels: [] }))
    expect(withoutTimes(result)).toEqual({
      row_count: 1,
      big: 18_446_744_073_709_552_000,
      text_of_big: -9_007_199_254_740_992,
      small: 7,
      decimal: 0.1,
      exponent: 0.0015,
      yes: 1,
      no: 0,
      time: 1_700_000_000_000,
      code: '007',
      word: '12 monkeys',
      json: '{"a":1}',
    })
    const exact = result.samples.flatMap((sample) => ('exact' in sample ? [sample.exact] : []))
    expect(exact).toEqual([18_446_744_073_709_551_615n, -9_007_199_254_740_993n])
    expect(result.status).toContain('(1 values could not be taken)')
  })

  it('warns of rows that it leaves out', async () => {
    const many = Array.from({ length: 12 }, (_, at) => ({ name: `n${at}`, value: at }))
    const result = await runOnce(sqlCheck({ query, client: async () => many, maxRows: 10 }))
    expect(result).toMatchObject({ state: 'warning', status: '2 of 12 rows were left out' })
    expect(Object.keys(withoutTimes(result))).toHaveLength(11)
    const twins = [{ value: 1 }, { value: 2 }]
    const twice = await runOnce(sqlCheck({ query, client: async () => twins }))
    expect(twice).toMatchObject({ state: 'warning', status: '1 of 2 rows were left out' })
    expect(withoutTimes(twice)).toEqual({ row_count: 2, value: 1 })
  })

  it('does not tell where there is no value, or no rows', async () => {
    for (const answer of [[], [[], []], [{ a: null }], { rows: [] }])
      expect(await runOnce(sqlCheck({ query, client: async () => answer }))).toMatchObject({
        state: 'unknown',
        available: 'yes',
      })
    for (const answer of [undefined, 1, {}, [1], [{ affectedRows: 1 }, undefined], { rows: 3 }])
      expect(await runOnce(sqlCheck({ query, client: async () => answer }))).toMatchObject({
        state: 'unknown',
        available: 'unknown',
      })
  })

  it.each([
    ['pg', { severity: 'ERROR', code: '42P01' }, 'the query was answered by 42P01'],
    ['mysql2', { sqlState: '42S02', code: 'ER_NO_SUCH_TABLE' }, 'the query was answered by ER_NO_SUCH_TABLE'],
    ['mssql', { number: 208, code: 'EREQUEST' }, 'the query was answered by EREQUEST'],
    ['nobody', { severity: 'ERROR', code: 'hunter2; drop' }, 'the query was answered by an error'],
  ])('is bad and available where the database refuses, in the words of %s', async (_, fields, status) => {
    const error = Object.assign(new Error('the value hunter2 is wrong'), fields)
    const result = await runOnce(sqlCheck({ query, client: () => Promise.reject(error) }))
    expect(result).toMatchObject({ state: 'bad', available: 'yes', status })
    expectNoSecret(result, 'hunter2')
  })

  it('is bad and not available where there is no answer', async () => {
    const error = Object.assign(new Error('connect ECONNREFUSED hunter2'), { code: 'ECONNREFUSED' })
    const throwing = (): never => {
      throw error
    }
    for (const client of [() => Promise.reject(error), throwing]) {
      const result = await runOnce(sqlCheck({ query, client }))
      const status = 'the query failed: ECONNREFUSED'
      expect(result).toMatchObject({ state: 'bad', available: 'no', status })
    }
  })

  it('asks a client that hangs once', async () => {
    let asked = 0
    const client = (): Promise<unknown> => {
      asked += 1
      return new Promise(() => undefined)
    }
    const check = sqlCheck({ query, client })
    expect(await runOnce(check, { timeoutMs: 20 })).toMatchObject({ state: 'bad', reason: 'timed-out' })
    const second = await runOnce(check, { timeoutMs: 20 })
    expect(second).toMatchObject({ state: 'bad', available: 'no', reason: 'no-answer' })
    expect(second.status).toBe('no answer to the query of an earlier run yet')
    expect(asked).toBe(1)
  })

  it('has several runs ask side by side, as where somebody watches meanwhile', async () => {
    const answers: ((rows: unknown) => void)[] = []
    const check = sqlCheck({ query, client: () => new Promise((resolve) => answers.push(resolve)) })
    const both = [runOnce(check), runOnce(check)]
    await expect.poll(() => answers).toHaveLength(2)
    for (const answer of answers) answer(rows)
    expect(await Promise.all(both)).toMatchObject([{ state: 'good' }, { state: 'good' }])
  })

  it('asks again when what hung has ended', async () => {
    let end: (() => void) | undefined
    const client = (): Promise<unknown> =>
      end === undefined ? new Promise((resolve) => (end = () => resolve(rows))) : Promise.resolve(rows)
    const check = sqlCheck({ query, client })
    expect(await runOnce(check, { timeoutMs: 20 })).toMatchObject({ reason: 'timed-out' })
    end?.()
    await expect.poll(async () => (await runOnce(check)).state).toBe('good')
  })

  it.each(['a client', 'a connection'])('keeps what every check promises, through %s', async (through) => {
    const manner: Manner = { now: 'good' }
    let open = 0
    const asked = async (): Promise<unknown> => {
      if (manner.now === 'hanging') return new Promise(() => undefined)
      if (manner.now === 'absent') throw Object.assign(new Error('hunter2'), { code: 'ECONNREFUSED' })
      return manner.now === 'good' ? rows : [{ password: new Map() }, 'hunter2']
    }
    const close = (): void => void (open -= 1)
    const connect = async (): Promise<SqlConnection> => {
      open += 1
      return { query: asked, end: close, destroy: close }
    }
    await expectConformance({
      ...manners(manner),
      create: () => sqlCheck({ query, ...(through === 'a client' ? { client: asked } : { connect }) }),
      openCount: () => open,
      secrets: ['hunter2'],
    })
  })

  it('connects, measures that, and ends the connection in order', async () => {
    const called: string[] = []
    const connect = async (): Promise<never> => {
      const connection = {
        query: async () => [{ n: 1 }],
        end: () => void called.push('end'),
        destroy: () => void called.push('destroy'),
      }
      return connection as never
    }
    const result = await runOnce(sqlCheck({ query, connect, name: 'db', host: 'db.test' }))
    expect(result).toMatchObject({ check: 'db', state: 'good' })
    expect(measuredBy(result)).toHaveProperty('connect_duration')
    expect(called).toEqual(['end'])
  })

  it('ends a connection at once where its query fails or hangs, or it comes too late', async () => {
    const called: string[] = []
    const connection = (asked: () => Promise<unknown>): never =>
      ({
        query: asked,
        end: () => void called.push('end'),
        destroy: () => void called.push('destroy'),
      }) as never
    const failing = async (): Promise<never> => connection(() => Promise.reject(new Error('no')))
    expect(await runOnce(sqlCheck({ query, connect: failing }))).toMatchObject({ state: 'bad' })
    expect(called).toEqual(['destroy'])
    const hanging = async (): Promise<never> => connection(() => new Promise(() => undefined))
    expect(await runOnce(sqlCheck({ query, connect: hanging }), { timeoutMs: 20 })).toMatchObject({
      reason: 'timed-out',
    })
    await expect.poll(() => called).toEqual(['destroy', 'destroy'])
    let arrive: () => void = () => undefined
    const late = (): Promise<never> =>
      new Promise((resolve) => (arrive = () => resolve(connection(async () => []))))
    expect(await runOnce(sqlCheck({ query, connect: late }), { timeoutMs: 20 })).toMatchObject({
      reason: 'timed-out',
    })
    arrive()
    await expect.poll(() => called).toEqual(['destroy', 'destroy', 'destroy'])
  })

  it('refuses wrong options at the call', () => {
    const client = async (): Promise<unknown> => []
    for (const options of [
      { query },
      { query, client, connect: client },
      { query: '', client },
      { query, client: {} },
      { query, client, labels: 'a' },
      { query, client, maxRows: 0 },
      { query, client, password: 'x' },
    ])
      expect(() => sqlCheck(options as never), JSON.stringify(options)).toThrow(
        expect.objectContaining({ code: 'PROTOCOL_BAD_OPTION' }),
      )
  })
})
