import { of, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { checkResultOf, checkSamples, type CheckResult } from '../../src/checks/index.ts'
import { parseCheckResult } from '../../src/nagios/index.ts'
import { firstOf } from '../sockets.ts'

function resultOf(line: string): CheckResult {
  const read = parseCheckResult(line)
  if (!read.ok) throw new Error(read.message)
  return checkResultOf(read.value, 1_700_000_000_500)
}
const service = (code: number): CheckResult =>
  resultOf(`[1700000000] PROCESS_SERVICE_CHECK_RESULT;web1;disk;${code};DISK | used=81`)
const host = (code: number): CheckResult =>
  resultOf(`[1700000000] PROCESS_HOST_CHECK_RESULT;web1;${code};PING`)

describe('checkResultOf', () => {
  it('says of a service how it is, and that it answered, where its state is known', () => {
    expect(
      [0, 1, 2, 3, 9].map(service).map(({ state, available, reason }) => [state, available, reason]),
    ).toEqual([
      ['good', 'yes', undefined],
      ['warning', 'yes', 'not-good'],
      ['bad', 'yes', 'not-good'],
      ['unknown', 'unknown', 'not-good'],
      ['unknown', 'unknown', 'not-good'],
    ])
    expect(service(1)).toMatchObject({ check: 'web1/disk', time: 1_700_000_000_000, lateMs: 500, hard: true })
  })

  it('says of a host whether it is there', () => {
    expect([0, 1, 2].map(host).map(({ check, state, available }) => [check, state, available])).toEqual([
      ['web1', 'good', 'yes'],
      ['web1', 'bad', 'no'],
      ['web1', 'unknown', 'no'],
    ])
  })

  it('says nothing that a terminal acts on, and no more than other results', () => {
    const begin = '[1700000000] PROCESS_SERVICE_CHECK_RESULT;web1;disk;0;'
    expect(resultOf(`${begin}DISK \x1b[2JOK\u202e`).status).toBe('DISK  [2JOK ')
    expect(resultOf(`${begin}${'x'.repeat(2000)}`).status).toBe('x'.repeat(1024))
  })

  it('gives samples as a check does, but for a duration that nobody measured', async () => {
    const samples = await firstOf(of(service(2)).pipe(checkSamples(), toArray()))
    expect(samples.map(({ series: { key }, value }) => `${key} ${JSON.stringify(value)}`)).toEqual([
      'available|ST[check:web1/disk] 1',
      'state|ST[check:web1/disk] 2',
      'used|ST[check:web1/disk] 81',
    ])
  })
})
