import fc from 'fast-check'

import type { ControlMessage } from '../../src/link/wire/messages.ts'

const seq = fc.oneof(fc.nat(), fc.maxSafeInteger().map(Math.abs))
const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const u16 = fc.integer({ min: 0, max: 65_535 })
const name = fc.string({ unit: 'grapheme', maxLength: 20 })

/** Any message but FRAME. */
export const controlMessages: fc.Arbitrary<ControlMessage> = fc.oneof(
  fc.record({
    type: fc.constant('hello' as const),
    version: u16,
    oldestVersion: u16,
    role: fc.constantFrom('server' as const, 'follower' as const),
    maxMessageBytes: u32,
    features: u32,
  }),
  fc.record({
    type: fc.constant('open' as const),
    journal: name,
    subscriber: name,
    transient: fc.boolean(),
    runs: fc.boolean(),
  }),
  fc.record({
    type: fc.constant('welcome' as const),
    journalId: fc.uuid(),
    oldestSeq: seq,
    headSeq: seq,
    ackedSeq: seq,
    generation: seq,
  }),
  fc.record({
    type: fc.constant('resume' as const),
    have: fc.option(fc.record({ seq, checksum: u32 }), { nil: undefined }),
    credit: seq,
  }),
  fc.record({ type: fc.constant('credit' as const), bytes: seq }),
  fc.record({ type: fc.constant('ack' as const), seq, checksum: u32 }),
  fc.record({
    type: fc.constant('heartbeat' as const),
    headSeq: seq,
    time: fc.double({ noNaN: true, noDefaultInfinity: true }),
  }),
  fc.record({
    type: fc.constant('error' as const),
    code: fc.constantFrom('fenced', 'diverged', 'later'),
    retryable: fc.boolean(),
    seq,
    message: fc.constantFrom('', 'why', 'naïve – ✓'),
  }),
  fc.record({ type: fc.constant('bye' as const), drain: fc.boolean() }),
)

/** A change of bytes: where, by its part of the whole, and what. */
export interface Mutation {
  readonly kind: 'flip' | 'cut' | 'insert' | 'repeat'
  readonly at: number
  readonly value: number
}

export const mutations: fc.Arbitrary<readonly Mutation[]> = fc.array(
  fc.record({
    kind: fc.constantFrom<Mutation['kind'][]>('flip', 'cut', 'insert', 'repeat'),
    at: fc.double({ min: 0, max: 0.999, noNaN: true }),
    value: fc.integer({ min: 1, max: 255 }),
  }),
  { minLength: 1, maxLength: 4 },
)

export function mutate(bytes: Uint8Array, changes: readonly Mutation[]): Uint8Array {
  let mutated = Uint8Array.from(bytes)
  for (const { kind, at: part, value } of changes) {
    const at = Math.floor(part * mutated.length)
    const [before, after] = [mutated.subarray(0, at), mutated.subarray(at)]
    if (kind === 'flip') mutated[at] = (mutated[at] ?? 0) ^ value
    else if (kind === 'cut') mutated = Uint8Array.from([...before, ...after.subarray(value % 9)])
    else if (kind === 'insert') mutated = Uint8Array.from([...before, value, ...after])
    else mutated = Uint8Array.from([...before, ...after.subarray(0, value), ...after])
  }
  return mutated
}
