import { gzipSync } from 'node:zlib'

import { describe, expect, it, onTestFinished } from 'vitest'

import { createInfluxParser } from '../../src/influx/influx-parser.ts'
import { influx } from '../../src/influx/influx.ts'
import { collect } from '../collect.ts'
import { portOf, receive } from '../sockets.ts'

const mebibyte = 1024 * 1024

describe('a line of 16 MiB', () => {
  const long = 'x'.repeat(16 * mebibyte)
  it.each([
    ['a name', long],
    ['a text', `m v="${long}"`],
    ['a text that does not end', `m v="${long}`],
    ['fields', `m ${'a=1,'.repeat(4 * mebibyte)}a=1`],
    ['tags', `m${',a=b'.repeat(4 * mebibyte)} v=1`],
    ['escapes', `${'\\ '.repeat(8 * mebibyte)} v=1`],
    ['digits', `m v=${'9'.repeat(16 * mebibyte)}i`],
    ['a time', `m v=1 ${'1'.repeat(16 * mebibyte)}`],
    ['quotes', `m ${'a="'.repeat(5 * mebibyte)}`],
    ['a comment', `#${long}\t`],
  ])('of %s is one problem', (_, line) => {
    const { samples, problems } = collect(createInfluxParser(), line)
    expect([samples.length, problems.map(({ reason }) => reason)]).toEqual([0, ['line-too-long']])
  })
})

it('reads each byte a few times only, whatever opens and never ends', () => {
  for (const piece of ['m v="\n', 'm v="\\"\n', 'm,a=" v=1\n', 'a b\n', 'a=\\\n', '\\ \n', 'm v="a"b\n']) {
    const { samples, problems } = collect(createInfluxParser(), piece.repeat(300_000))
    expect(samples.length + problems.length).toBeGreaterThan(0)
  }
})

it('takes names of prototypes as names', () => {
  const { samples, problems } = collect(
    createInfluxParser(),
    '__proto__,__proto__=a,constructor=b toString=1,__proto__=2,hasOwnProperty="x"',
  )
  expect(problems).toEqual([])
  expect(samples.map(({ series }) => series.metric)).toEqual([
    '__proto__.toString',
    '__proto__.__proto__',
    '__proto__.hasOwnProperty',
  ])
  expect(samples.every(({ series }) => Object.keys(series.tags).join() === '__proto__,constructor')).toBe(
    true,
  )
})

it('serves the next good request after bombs, 100,000 new series and what is no request', async () => {
  const source = influx({ port: 0 })
  const samples = receive(source)
  const problems = receive(source.problems)
  onTestFinished(() => {
    samples.subscription.unsubscribe()
    problems.subscription.unsubscribe()
  })
  const url = `http://127.0.0.1:${await portOf(source)}`
  const write = async (body: string | Uint8Array<ArrayBuffer>, headers = {}): Promise<number> =>
    (await fetch(`${url}/write?db=d`, { method: 'POST', body, headers })).status
  const packed = (text: string | Buffer): Uint8Array<ArrayBuffer> => new Uint8Array(gzipSync(text))
  const gzip = { 'content-encoding': 'gzip' }
  expect(await write(packed(Buffer.alloc(40 * mebibyte, 'a v=1\n')), gzip)).toBe(413)
  expect(await write(packed(`m v="${'x'.repeat(16 * mebibyte)}"`), gzip)).toBe(400)
  expect(await write('no gzip', gzip)).toBe(400)
  const many = Array.from({ length: 100_000 }, (_, at) => `m${at},host=h${at} value=1`).join('\n')
  expect(await write(packed(many), gzip)).toBe(204)
  expect(await write('cpu value=1')).toBe(204)
  expect(samples.values.length).toBe(100_001)
  expect(problems.values.map(({ reason }) => reason)).toEqual([
    'body-too-large',
    'line-too-long',
    'malformed',
  ])
})
