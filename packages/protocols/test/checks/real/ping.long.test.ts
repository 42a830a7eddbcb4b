import { describe, expect, it } from 'vitest'

import { pingCheck } from '../../../src/checks/network/ping-check.ts'
import { runOnce } from '../../../src/checks/run-once.ts'
import { measuredBy } from '../scripted-server.ts'
import { needProgram } from '../../programs.ts'

describe.each([
  ['fping', 'fping'],
  ['ping', 'iputils-ping'],
] as const)('pingCheck and %s', (program, debianPackage) => {
  const options = { program, count: 3, intervalMs: 200, waitMs: 200 }

  it('reaches this host', async (context) => {
    needProgram(context, program, debianPackage)
    const result = await runOnce(pingCheck({ host: '127.0.0.1', ...options }))
    expect(result).toMatchObject({ state: 'good', available: 'yes', status: '3 of 3 probes were answered' })
    const measured = measuredBy(result)
    expect(measured).toMatchObject({ count: 3, available_percent: 100 })
    const { minimum, average, maximum } = measured as Record<string, number>
    expect(minimum).toBeGreaterThan(0)
    expect(maximum).toBeLessThan(1)
    expect(average).toBeGreaterThanOrEqual(minimum!)
    expect(average).toBeLessThanOrEqual(maximum!)
  })

  it('does not reach an address that is nobody’s', async (context) => {
    needProgram(context, program, debianPackage)
    // Reserved, RFC 1112; some systems do not even ask there.
    const result = await runOnce(pingCheck({ host: '240.0.0.1', ...options, count: 1 }))
    expect(['bad no', 'unknown unknown']).toContain(`${result.state} ${result.available}`)
  })
})
