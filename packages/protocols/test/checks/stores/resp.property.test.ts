import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { CheckFailure } from '../../../src/checks/check-failure.ts'
import type { Connection } from '../../../src/checks/exchange/connection.ts'
import { readResp, respCommand, type RespValue } from '../../../src/checks/stores/resp.ts'

/** A connection to who has said all this, and ended. */
function connectionTo(said: Buffer): Pick<Connection, 'line' | 'bytes'> & { readonly left: () => number } {
  let at = 0
  const take = (length: number): Buffer => {
    if (length > said.length - at) throw new Error('ended')
    return said.subarray(at, (at += length))
  }
  return {
    line: async () => {
      const end = said.indexOf('\n', at)
      return take(end < 0 ? Infinity : end + 1 - at)
        .toString()
        .replace(/\r?\n$/, '')
    },
    bytes: async (count) => take(count),
    left: () => said.length - at,
  }
}

const read = (said: Buffer): { readonly value: Promise<RespValue>; readonly left: () => number } => {
  const connection = connectionTo(said)
  return { value: readResp(connection), left: connection.left }
}

/** A value, and the text of it by the specification. */
interface Written {
  readonly value: RespValue
  readonly text: string
}

const oneLine = fc.string({ unit: 'grapheme' }).filter((text) => !/[\r\n]/.test(text))

const written: fc.Arbitrary<Written> = fc.letrec<{ readonly value: Written; readonly list: Written }>(
  (tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.string({ unit: 'grapheme' }).map((text) => ({
        value: text,
        text: `$${new TextEncoder().encode(text).length}\r\n${text}\r\n`,
      })),
      oneLine.map((text) => ({ value: text, text: `+${text}\r\n` })),
      fc.constant({ value: 9_007_199_254_740_993n, text: ':9007199254740993\r\n' }),
      fc.integer().map((number) => ({ value: number, text: `:${number}\r\n` })),
      fc.constantFrom({ value: null, text: '$-1\r\n' }, { value: null, text: '*-1\r\n' }),
      fc.constant({ value: { code: 'ERR', message: 'ERR no' }, text: '-ERR no\r\n' }),
      tie('list'),
    ),
    list: fc.array(tie('value'), { maxLength: 4 }).map((parts) => ({
      value: parts.map(({ value }) => value),
      text: `*${parts.length}\r\n${parts.map(({ text }) => text).join('')}`,
    })),
  }),
).value

const depthOf = (value: RespValue): number =>
  Array.isArray(value) ? 1 + Math.max(0, ...(value as readonly RespValue[]).map(depthOf)) : 0

describe('readResp', () => {
  it('reads each value as it was written, and nothing behind it', async () => {
    await fc.assert(
      fc.asyncProperty(written, fc.string(), async ({ value, text }, behind) => {
        fc.pre(depthOf(value) <= 8)
        const { value: found, left } = read(Buffer.from(text + behind))
        expect(await found).toEqual(value)
        expect(left()).toBe(Buffer.byteLength(behind))
      }),
    )
  })

  it('waits for the rest of a value that is cut, wherever it is', async () => {
    await fc.assert(
      fc.asyncProperty(written, fc.nat(), async ({ value, text }, cut) => {
        fc.pre(depthOf(value) <= 8)
        const bytes = Buffer.from(text)
        await expect(read(bytes.subarray(0, cut % bytes.length)).value).rejects.toThrow('ended')
      }),
    )
  })

  it('says of all else that it is none, or waits for more', async () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
      fc
        .array(fc.constantFrom('*', '$', ':', '+', '-', '1', '9', '\r\n'), { maxLength: 40 })
        .map((parts) => Buffer.from(parts.join(''))),
    )
    await fc.assert(
      fc.asyncProperty(noise, async (bytes) => {
        const error = await read(bytes).value.then(
          () => undefined,
          (reason: unknown) => reason,
        )
        if (error !== undefined && !(error instanceof CheckFailure)) expect(error).toEqual(new Error('ended'))
      }),
    )
  })
})

describe('respCommand', () => {
  it('is an array that reads back, whatever is in its words', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1 }), async (words) => {
        expect(await read(Buffer.from(respCommand(words))).value).toEqual(words)
      }),
    )
  })
})
