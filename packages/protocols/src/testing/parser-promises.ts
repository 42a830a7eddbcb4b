import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { createLineSplitter } from '../wire/line-splitter.ts'
import type { ParseSink } from '../wire/parse-sink.ts'
import { anyBytes, createRandom, cut, mutate } from './mutations.ts'
import {
  createRecord,
  faultOf,
  sayBytes,
  show,
  take,
  takeItself,
  type Taken,
  type TestedParser,
  type TestedReader,
} from './parser-scene.ts'

/** A parser under test, resolved. */
export interface ParserScene {
  readonly create: () => TestedParser
  readonly corpus: readonly Uint8Array[]
  readonly lines: boolean
  readonly open: ((sink: ParseSink) => TestedReader) | undefined
  readonly ignores: (message: Uint8Array, offset: number) => boolean
  readonly names:
    { readonly message: (index: number) => Uint8Array; readonly maxKeptBytes: number } | undefined
  readonly mutations: number
  readonly seed: number
}

/** One promise: how it is seen to be kept, and what of the user's it needs. */
export interface ParserPromise {
  readonly needs?: 'lines' | 'open' | 'names'
  readonly check: (scene: ParserScene) => void
}

/** All promises of a parser, by their sentences. */
export const parserPromises: Readonly<Record<string, ParserPromise>> = {
  'takes each message of its corpus, as samples and without a problem': {
    check({ create, corpus }) {
      for (const message of corpus) {
        const { samples, problems } = take(create(), message)
        const [problem] = problems
        if (problem !== undefined) fail(`"${problem.message}"`, message)
        if (samples.length === 0) fail('no sample came', message)
      }
    },
  },

  'never throws, gives whole samples, and says where a problem is, whatever the bytes': {
    check(scene) {
      const parser = scene.create()
      each(scene, (bytes) => {
        const fault = faultOf(take(parser, bytes), bytes.length)
        if (fault !== undefined) fail(fault, bytes)
      })
    },
  },

  'changes no byte, and keeps none: what it has given stays as it was': {
    check({ create, corpus }) {
      for (const message of corpus) {
        const bytes = message.slice()
        const taken = takeItself(create(), bytes)
        if (!isSame(bytes, message)) fail('bytes were changed', message)
        bytes.fill(0x2a)
        const then = taken.samples.map(show).join()
        if (then !== take(create(), message).samples.map(show).join())
          fail('a sample changed with its bytes', message)
      }
    },
  },

  'passes over no byte of its corpus: each one, where it is another, makes another sample or a problem': {
    check({ create, corpus, ignores }) {
      for (const message of corpus) {
        const before = take(create(), message).events.join()
        for (const [offset, byte] of message.entries()) {
          const isSeen = [0xff, 0x01, 0x39, 0x7e].some((other) => {
            const changed = message.slice()
            changed[offset] = other
            return other !== byte && take(create(), changed).events.join() !== before
          })
          if (!isSeen && !ignores(message, offset)) fail(`byte ${offset} is passed over`, message)
        }
      }
    },
  },

  'accounts for each line: it gives a sample or a problem, the same alone and among others': {
    needs: 'lines',
    check(scene) {
      each(scene, (bytes) => {
        const together = take(scene.create(), bytes)
        const alone = scene.create()
        const events: string[] = []
        for (const [start, line] of linesOf(bytes)) {
          const taken = take(alone, line, start)
          if (taken.events.length === 0 && !isBlank(line)) fail('nothing came of a line', line)
          events.push(...taken.events)
        }
        if (show(together.events) !== show(events))
          fail('lines are taken otherwise together than alone', bytes)
      })
    },
  },

  'does not see where a stream was cut': {
    needs: 'open',
    check(scene) {
      const open = scene.open ?? fail('it cannot be opened', new Uint8Array(0))
      const random = createRandom(scene.seed)
      each(scene, (bytes) => {
        const whole = readAll(open, [bytes])
        const pieces = readAll(open, cut(bytes, random))
        if (show(contentOf(whole)) !== show(contentOf(pieces)))
          fail('pieces are taken otherwise than the whole', bytes)
      })
    },
  },

  'keeps no more than so many bytes, however many names come': {
    needs: 'names',
    check({ create, names }) {
      if (names === undefined) return
      const parser = create()
      take(parser, names.message(0))
      const before = usedBytes()
      // Four times what it may keep, if it kept all.
      for (let index = 1, sent = 0; sent < 4 * names.maxKeptBytes; index += 1) {
        const message = names.message(index)
        sent += message.length
        parser.parse(message, 0, { sample: () => undefined, problem: () => undefined })
      }
      const kept = usedBytes() - before
      if (kept > names.maxKeptBytes)
        throw new Error(`it kept ${kept} bytes, of at most ${names.maxKeptBytes}`)
      take(parser, names.message(0))
    },
  },
}

/** Mutations of the corpus, and now and then bytes of any value. */
function each({ corpus, mutations, seed }: ParserScene, look: (bytes: Uint8Array) => void): void {
  const random = createRandom(seed)
  for (const message of corpus) look(message)
  for (let count = 0; count < mutations; count += 1) {
    look(count % 8 === 0 ? anyBytes(random) : mutate(corpus, random))
  }
}

/** A reader of a parser of lines, as the listeners make it. */
export const openLines =
  (create: () => TestedParser) =>
  (sink: ParseSink): TestedReader => {
    const parser = create()
    const splitter = createLineSplitter(8192, {
      lines: (bytes) => parser.parse(bytes, 0, sink),
      tooLong: (start) =>
        sink.problem({ reason: 'line-too-long', message: 'a line is too long', start: 0, end: start.length }),
    })
    return {
      push: (chunk) => splitter.push(chunk),
      end: () => parser.parse(splitter.rest(), 0, sink),
    }
  }

function readAll(open: (sink: ParseSink) => TestedReader, pieces: readonly Uint8Array[]): Taken {
  const record = createRecord()
  const reader = open(record.sink)
  for (const piece of pieces) reader.push(piece)
  reader.end?.()
  return record
}

/** Without places, which in a stream depend on how it was cut. */
const contentOf = ({ samples, problems }: Taken): readonly unknown[] => [
  samples,
  problems.map(({ reason }) => reason),
]

function linesOf(bytes: Uint8Array): readonly (readonly [start: number, line: Uint8Array])[] {
  const lines: [number, Uint8Array][] = []
  for (let start = 0; start < bytes.length;) {
    const found = bytes.indexOf(0x0a, start)
    const end = found < 0 ? bytes.length : found
    lines.push([start, bytes.slice(start, end)])
    start = end + 1
  }
  return lines
}

const isBlank = (bytes: Uint8Array): boolean =>
  bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d)

const isSame = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((byte, at) => byte === other[at])

/** What the process holds after what nobody holds any more has been thrown away. */
function usedBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

function fail(seen: string, bytes: Uint8Array): never {
  throw new Error(`${seen}: ${sayBytes(bytes)}`)
}
