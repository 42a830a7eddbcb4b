import type { Sample } from '@tocsin/core'
import { expect } from 'vitest'

import { createCollectdJsonParser } from '../../src/collectd/collectd-json-parser.ts'
import { createCollectdParser } from '../../src/collectd/collectd-parser.ts'
import { createPacketOpener } from '../../src/collectd/sealed-packet.ts'
import { timesByHost } from '../../src/collectd/replay-window.ts'
import type { ParseProblem } from '../../src/source/problem.ts'
import { capture, captured, captures, number, simple, text } from './packets.ts'
import { mutations } from './mutations.ts'

const opens = (['none', 'sign', 'encrypt'] as const).map((level) =>
  createPacketOpener(level, new Map([['alice', 's3cret']])),
)
const parser = createCollectdParser({ maxNameBytes: 1_000_000 })
const json = createCollectdJsonParser({ maxNameBytes: 1_000_000 })

/** Where each value of a packet, as far as its parts can be followed, has its bytes. */
function expectAccountedFor(
  bytes: Uint8Array,
  samples: readonly Sample[],
  problems: readonly ParseProblem[],
) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let [at, lists, most] = [0, 0, 0]
  while (at + 4 <= bytes.length) {
    const length = view.getUint16(at + 2)
    if (length < 4 || at + length > bytes.length) break
    if ([6, 0x100].includes(view.getUint16(at))) {
      lists += 1
      most += Math.max(2, Math.floor((length - 6) / 9))
    }
    at += length
  }
  expect(samples.length).toBeLessThanOrEqual(most)
  expect(samples.length + problems.length).toBeGreaterThanOrEqual(lists)
  // What is left at the end, and nothing else, is said to be cut off.
  const cut = problems.filter(({ reason }) => reason === 'truncated').map(({ start, end }) => [start, end])
  expect(cut).toEqual(at === bytes.length ? [] : [[at, bytes.length]])
  const areInside = problems.every(({ start, end }) => start < end && end <= bytes.length)
  const areSound = samples.every(
    ({ time, value }) =>
      time >= 0 && time <= 8.64e15 && (typeof value !== 'number' || Number.isFinite(value)),
  )
  expect([areInside, areSound]).toEqual([true, true])
}

/** Nothing throws, and each byte is a sample's, a problem's or a name's. */
export function expectHarmless(bytes: Uint8Array): void {
  const samples: Sample[] = []
  const problems: ParseProblem[] = []
  const sink = {
    sample: (sample: Sample) => samples.push(sample),
    problem: (problem: ParseProblem) => problems.push(problem),
  }
  parser.parse(bytes, captured, sink)
  expectAccountedFor(bytes, samples, problems)
  timesByHost(bytes)
  for (const open of opens) {
    let told = 0
    let seen = 0
    open(
      bytes,
      ({ start, end }) => (told += end - start),
      (payload, start, seal) => {
        if (start + payload.length > bytes.length) throw new Error('it was opened to more than there was')
        seen += seal === undefined ? payload.length : 0
        told += seal === undefined ? 0 : bytes.length
        parser.parse(payload, captured, sink)
      },
    )
    expect(told + seen).toBeGreaterThanOrEqual(bytes.length)
  }
}

export function fuzzPackets(count: number, seed: number): void {
  const notification = Buffer.concat([simple(1_700_000_000), number(0x101, 1n), text(0x100, 'down')])
  const inputs = [...captures.map(capture), notification]
  for (const bytes of mutations(inputs, count, seed)) expectHarmless(bytes)
}

export function fuzzJson(count: number, seed: number): void {
  const list = {
    ...{ values: [1, null, 1e300], dstypes: ['gauge', 'gauge', 'derive'], dsnames: ['a', 'b', 'c'] },
    ...{ time: 1_700_000_000.123, interval: 10, host: 'wéb', plugin: 'p', plugin_instance: '' },
    ...{ type: 't', type_instance: '', meta: { a: [{}] } },
  }
  const inputs = [Buffer.from(JSON.stringify([list, list])), Buffer.from('{"a":[1]}')]
  for (const bytes of mutations(inputs, count, seed)) {
    let [values, problems] = [0, 0]
    const { filtered } = json.parse(bytes, captured, {
      sample: ({ value }) => (values += Number.isFinite(value) ? 1 : 1_000_000),
      problem: ({ start, end }) => {
        problems += 1
        if (start > end || end > bytes.length) throw new Error('a problem is outside of the body')
      },
    })
    expect([problems === filtered, values <= bytes.length]).toEqual([true, true])
  }
}
