import { describe, expect, it } from 'vitest'

import type { CheckContext, CheckResult } from '../../src/checks/check.ts'
import { runOnce } from '../../src/checks/run-once.ts'
import { resultAsJson, resultAsText } from '../../src/command/print-result.ts'

const day = 86_400
const now = Date.UTC(2026, 0, 1) / 1000

async function measured(measure: (found: CheckContext['found']) => void): Promise<CheckResult> {
  const result = await runOnce({
    name: 'shop',
    async run({ found }) {
      measure(found)
      return found.good()
    },
  })
  return { ...result, durationMs: 12.345 }
}

function measureCertificate(found: CheckContext['found'], secondsLeft: number): void {
  found.gauge('cert_end', now + 100 * day)
  found.gauge('cert_end_in', 100 * day)
  found.gauge('cert_chain_end_in', secondsLeft)
  found.text('cert_issuer', '/CN=Authority')
}

describe('what the command prints', () => {
  it('is phases with their ends, then what was measured, then the certificate', async () => {
    const result = await measured((found) => {
      measureCertificate(found, 30.5 * day)
      found.gauge('phase_ms', 1, { phase: 'connect' })
      found.gauge('tt_connect', 1.5)
      found.gauge('phase_ms', 20.256, { phase: 'first_byte' })
      found.gauge('tt_firstbyte', 21.756)
      found.gauge('phase_ms', 3, { phase: 'connect', request: '2' })
      found.gauge('tt_connect', 25, { request: '2' })
      found.gauge('phase_ms', 0.5, { phase: 'body' })
      found.counter('hits', 3)
      found.gauge('share', 1 / 3, { pool: 'a' })
    })
    expect(resultAsText(result)).toBe(
      `good: shop
status       good
available    yes
duration     12.3 ms
certificate  30.5 days left, until 2026-01-31; issued by /CN=Authority

phase                      took    ended at
connect                 1.00 ms     1.50 ms
first byte             20.26 ms    21.76 ms
connect (request 2)     3.00 ms    25.00 ms
body                    0.50 ms

metric          kind     value
hits            counter  3
share {pool=a}  gauge    0.333333

metric             kind     value
cert_end           gauge    ${now + 100 * day}
cert_end_in        gauge    ${100 * day}
cert_chain_end_in  gauge    ${30.5 * day}
cert_issuer        text     /CN=Authority`,
    )
  })

  it('tells a certificate that has ended', async () => {
    const result = await measured((found) => measureCertificate(found, -2 * day))
    expect(resultAsText(result)).toContain(
      '\ncertificate  ended 2.0 days ago, on 2025-12-30; issued by /CN=Authority\n',
    )
  })

  it('is four lines where nothing was measured', async () => {
    expect(resultAsText(await measured(() => undefined)).split('\n')).toHaveLength(4)
  })

  it('as JSON is the whole result', async () => {
    const result = await measured((found) => found.counter('bytes', 2n ** 60n, { port: '1' }))
    const { samples, ...rest } = result
    expect(JSON.parse(resultAsJson(result))).toEqual({
      ...rest,
      samples: [
        {
          ...{ metric: 'bytes', tags: { port: '1' }, time: samples[0]?.time },
          ...{ kind: 'counter', value: 2 ** 60, exact: String(2n ** 60n) },
        },
      ],
    })
  })
})
