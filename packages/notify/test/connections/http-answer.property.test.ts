import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { AnswerReader } from '../../src/connections/http-answer.ts'
import type { AnswerState, HttpAnswer } from '../../src/connections/http-answer.ts'

interface Read {
  readonly states: AnswerState[]
  readonly answer: HttpAnswer | undefined
}

function read(parts: readonly string[], isHead = false): Read {
  const reader = new AnswerReader(isHead)
  const states = parts.map((part) => reader.take(part))
  return { states, answer: reader.answer }
}

const letters = fc.string({ unit: fc.constantFrom('a', 'Z', '0', '\r', '\n', ':', ' ', 'é'), maxLength: 40 })
const chunked = (parts: readonly string[], extension: string, trailer: string): string =>
  [...parts.filter((part) => part !== ''), '']
    .map((part) => `${part.length.toString(16)}${extension}\r\n${part === '' ? trailer : `${part}\r\n`}`)
    .join('') + '\r\n'

/** A body, and what a head says of it, in each way that leaves the connection for another request. */
const framed = fc.oneof(
  letters.map((body) => ({ fields: [`Content-Length: ${body.length}`], body })),
  fc
    .tuple(
      fc.array(letters, { maxLength: 4 }),
      fc.constantFrom('', ' ', ';a=b', ' ; a="b c"'),
      fc.constantFrom('', 'X-Sum: 1\r\n'),
    )
    .map(([parts, extension, trailer]) => ({
      fields: ['transfer-encoding:chunked'],
      body: chunked(parts, extension, trailer),
    })),
)
const answers = fc
  .record({
    before: fc.constantFrom('', 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 103 Early\r\nlink: x\r\n\r\n'),
    status: fc.integer({ min: 200, max: 599 }).filter((status) => status !== 204 && status !== 304),
    reason: fc.constantFrom('', ' ', ' OK', ' Zu viele Anfragen'),
    retryAfter: fc.option(fc.constantFrom('120', 'Fri, 31 Dec 1999 23:59:59 GMT'), { nil: undefined }),
    framed,
  })
  .map(({ before, status, reason, retryAfter, framed: { fields, body } }) => {
    const all = [
      ...fields,
      ...(retryAfter === undefined ? [] : [`RETRY-after:  ${retryAfter} `]),
      'x-y: close',
    ]
    const head = `HTTP/1.1 ${status}${reason}\r\n${all.join('\r\n')}\r\n\r\n`
    return { text: before + head + body, expected: { status, retryAfter } }
  })

describe('an answer', () => {
  it('is the same however it is cut, and is over with its last sign and not before', () => {
    fc.assert(
      fc.property(answers, fc.array(fc.nat(), { maxLength: 8 }), ({ text, expected }, cuts) => {
        const at = [...new Set([0, ...cuts.map((cut) => cut % text.length)])].sort((a, b) => a - b)
        const { states, answer } = read(at.map((from, index) => text.slice(from, at[index + 1])))
        expect(answer).toEqual(expected)
        expect(states.findIndex((state) => state === 'over')).toBe(states.length - 1)
      }),
    )
  })

  it('with something behind it is the last of its connection', () => {
    fc.assert(
      fc.property(answers, ({ text, expected }) => {
        expect(read([`${text}x`])).toEqual({ states: ['lost'], answer: expected })
      }),
    )
  })

  it.each([
    ['HTTP/1.1 200 OK\r\nconnection: Keep, Close\r\ncontent-length: 0\r\n\r\n', 'lost'],
    ['HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n', 'lost'],
    ['HTTP/1.1 200 OK\r\n\r\n', 'body'],
    ['HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n', 'body'],
    ['HTTP/1.1 200 OK\r\ncontent-length: +1\r\n\r\nx', 'body'],
    ['HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n', 'body'],
    ['HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n', 'body'],
    ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabcdefg', 'lost'],
    ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-1\r\n', 'lost'],
    ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfffff\r\n', 'lost'],
    ['HTTP/1.1 200 OK\r\ncontent-length: 65537\r\n\r\n', 'lost'],
    ['HTTP/1.1 204 No Content\r\n\r\n', 'over'],
    ['HTTP/1.1 304 Not Modified\r\ncontent-length: 7\r\n\r\n', 'over'],
  ] as const)('%j says 2xx or 3xx, and leaves the connection %s', (text, state) => {
    expect(read([text])).toEqual({
      states: [state],
      answer: { status: expect.any(Number), retryAfter: undefined },
    })
  })

  it.each([
    'HTTP/2 200 OK\r\n\r\n',
    'HTTP/1.1 20 OK\r\n\r\n',
    'HTTP/1.1 101 Switching\r\n\r\n',
    'SSH-2.0-x\r\n\r\n',
    `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(20_000)}`,
  ])('is none: %.40j', (text) => {
    expect(read([text])).toEqual({ states: ['lost'], answer: undefined })
  })

  it('to a HEAD has no body whatever it says', () => {
    expect(read(['HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n'], true).states).toEqual(['over'])
  })
})
