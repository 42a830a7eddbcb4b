import { InfluxDB as Version2, Point } from '@influxdata/influxdb-client'
import { InfluxDB as Version1 } from 'influx'
import { describe, expect, it, onTestFinished } from 'vitest'

import { influx } from '../../src/influx/influx.ts'
import { portOf, receive } from '../sockets.ts'

const time = 1_700_000_000_123
const difficult = 'a b,c=d\\e "f" é'

async function listen() {
  const source = influx({
    port: 0,
    auth: { bearer: ['secret'], basic: [{ user: 'ada', password: 'lovelace' }] },
  })
  const samples = receive(source)
  const problems = receive(source.problems)
  onTestFinished(() => {
    samples.subscription.unsubscribe()
    problems.subscription.unsubscribe()
  })
  return { samples, problems, port: await portOf(source) }
}

describe('the client of version 1', () => {
  it('makes its database, and its points come as it has them', async () => {
    const { samples, problems, port } = await listen()
    const client = new Version1({
      host: '127.0.0.1',
      port,
      database: 'd',
      username: 'ada',
      password: 'lovelace',
    })
    expect(await client.ping(5000)).toMatchObject([{ online: true, version: '1.8.10' }])
    if (!(await client.getDatabaseNames()).includes('d')) await client.createDatabase('d')
    await client.writePoints([
      { measurement: 'cpu', tags: { host: 'a' }, fields: { value: 1.5, user: 2 }, timestamp: new Date(time) },
      {
        measurement: 'mn',
        tags: { 't=u': difficult },
        fields: { text: difficult },
        timestamp: new Date(time),
      },
    ])
    expect(
      samples.values.map(({ series, value, time: at }) => ({
        metric: series.metric,
        tags: series.tags,
        value,
        at,
      })),
    ).toEqual([
      { metric: 'cpu.user', tags: { host: 'a' }, value: 2, at: time },
      { metric: 'cpu', tags: { host: 'a' }, value: 1.5, at: time },
      { metric: 'mn.text', tags: { 't=u': difficult }, value: difficult, at: time },
    ])
    expect(problems.values).toEqual([])
    await expect(client.query('SELECT * FROM cpu')).rejects.toThrow('nothing to query')
  })
})

describe('the client of version 2', () => {
  it('writes, packed and not, and hears what was refused', async () => {
    const { samples, problems, port } = await listen()
    const client = new Version2({ url: `http://127.0.0.1:${port}`, token: 'secret' })
    const api = client.getWriteApi('o', 'b', 'ms', { gzipThreshold: 100, maxRetries: 0 })
    const point = new Point('cpu')
      .tag('host', difficult)
      .floatField('value', 1.5)
      .intField('large', '9007199254740994')
      .uintField('larger', '18446744073709551615')
      .booleanField('is', true)
      .stringField('text', `${difficult}\nnext value=1`)
      .timestamp(time)
    api.writePoint(point)
    await api.close()
    expect(
      samples.values
        .map(({ series, value, exact, time: at }) => [series.metric, exact ?? value, at])
        .toSorted(),
    ).toEqual([
      ['cpu', 1.5, time],
      ['cpu.is', 1, time],
      ['cpu.large', 9007199254740994n, time],
      ['cpu.larger', 18446744073709551615n, time],
      ['cpu.text', `${difficult}\nnext value=1`, time],
    ])
    expect(samples.values.every(({ series }) => series.tags['host'] === difficult)).toBe(true)
    expect(problems.values).toEqual([])
    const failing = client.getWriteApi('o', 'b', 'ms', {
      maxRetries: 0,
      writeFailed: () => Promise.resolve(),
    })
    failing.writeRecord('cpu value=')
    await failing.close()
    expect(problems.values).toMatchObject([{ reason: 'malformed' }])
  })
})
