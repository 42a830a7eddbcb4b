import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { keyValues } from '../../../src/checks/http/extract/key-values.ts'
import { csv } from '../../../src/checks/http/extract/csv.ts'
import type { CheckContext } from '../../../src/checks/check.ts'
import { createFindings } from '../../../src/checks/findings.ts'
import { createMuninPlugin } from '../../../src/checks/agents/munin-plugin.ts'
import { pairsReader } from '../../../src/checks/programs/program-output.ts'
import { measuredValue, readNumber } from '../../../src/checks/values/read-number.ts'
import { measureInfo, measureReply } from '../../../src/checks/stores/redis-metrics.ts'

describe('readNumber', () => {
  it('reads numbers as they are written', () => {
    expect(
      ['1', '-1.5', '+.5', '5.', '1e3', '', '.', '1x', '0x1', 'NaN', '1'.repeat(401)].map(readNumber),
    ).toEqual([1, -1.5, 0.5, 5, 1000, ...Array.from({ length: 6 }, () => undefined)])
  })

  it('keeps all digits of whole numbers, and is a number wherever that is exact', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
        fc.constantFrom('', '+'),
        (whole, sign) => {
          const read = readNumber(`${whole < 0n ? '' : sign}${whole}`)
          expect(BigInt(read ?? 0)).toBe(whole)
          expect(typeof read).toBe(Number.isSafeInteger(Number(whole)) ? 'number' : 'bigint')
          const { value, exact } = measuredValue(whole)
          expect([value, exact ?? BigInt(value)]).toEqual([Number(whole), whole])
        },
      ),
    )
  })

  const text = '9007199254740993'
  it('is how each reader of texts reads', async () => {
    const found = createFindings(() => 5)
    const context = { found, now: () => 5, signal: new AbortController().signal } as unknown as CheckContext
    const answer = (body: string) => ({ status: 200, headers: {}, body: Buffer.from(body) })
    await csv()(answer(`name,a\nrow,${text}`), context)
    await keyValues({ counters: ['b'] })(answer(`b: ${text}`), context)
    await pairsReader('=', undefined, {})(Buffer.from(`c=${text}`), context)
    Array.from(measureInfo(found, `d:${text}\r\ntotal_commands_processed:${text}\r\ndb0:keys=${text},x=1`))
    Array.from(measureReply(found, 'e', BigInt(text)))
    expect(found.samples.map(({ series: { key }, exact }) => `${key} ${exact}`)).toEqual([
      `row\`a ${text}`,
      `b ${text}`,
      `c ${text}`,
      `d ${text}`,
      `total_commands_processed ${text}`,
      `db0\`keys ${text}`,
      'db0`x undefined',
      `e ${text}`,
    ])
    const plugin = createMuninPlugin('p')
    plugin.take(`f.value 1480000000:${text}`)
    expect([...plugin.values()]).toMatchObject([{ value: BigInt(text), time: 1_480_000_000_000 }])
  })
})
