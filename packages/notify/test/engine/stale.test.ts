import { describe, expect, it } from 'vitest'

import type { Policy } from '../../src/model/policy.ts'
import { everybody, Rig } from '../support/engine.ts'
import { cleared, opened } from '../support/signals.ts'

const stale = (after: NonNullable<Policy['stale']>['after']): Policy => ({ ...everybody, stale: { after } })

describe('a detector that is silent', () => {
  it('is asked about the severities that the policy names, and never about others', () => {
    const rig = new Rig(stale({ '1': '1m' }))
    rig
      .signal(opened(0))
      .signal(opened(0, { metric: 'disk', severity: 1 }))
      .to(1e7)
    expect(new Set(rig.asked.map(({ series }) => series))).toEqual(new Set(['disk']))
    expect(rig.open).toMatchObject([{ unknownSince: undefined }, { unknownSince: 90_000 }])
  })

  it('says nothing of an alert that is over, or gone, by the time that it answers', () => {
    const rig = new Rig(stale('1m')).signal(opened(0)).to(60_000)
    const [alert = { id: 'none' }] = rig.asked
    rig.signal(cleared(61_000)).step({ type: 'answer', alert: alert.id, is: 'open' })
    rig.step({ type: 'answer', alert: 'never seen', is: 'over' })
    expect(rig.told).toEqual(['0 alert 2 a', '61000 recovery 2 a'])
    expect(rig.decisions).not.toContain('still-open')
    expect(rig.open).toEqual([])
  })

  it('has as long for its answer as it had left where the clock is set back', () => {
    const rig = new Rig(stale('1m')).to(1_000_000).signal(opened(1_000_000)).to(1_070_000)
    expect(rig.asked).toHaveLength(1)
    rig.jump(500_000).to(519_999)
    expect(rig.open).toMatchObject([{ unknownSince: undefined }])
    expect(rig.to(520_000).open).toMatchObject([{ unknownSince: 520_000 }])
  })
})
