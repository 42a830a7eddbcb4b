import { describe, expect, it } from 'vitest'

import type { DeliveryFailure } from '../../src/model/failure.ts'
import type { Policy } from '../../src/model/policy.ts'
import { Rig } from '../support/engine.ts'
import { cleared, opened } from '../support/signals.ts'

const unreached: DeliveryFailure = { failure: 'transient', message: 'ECONNREFUSED', arrived: 'no' }

const to = (notifier: string, renamed?: Policy['renamed']): Policy => ({
  groups: { ops: { notifiers: [notifier] } },
  routes: [{ group: 'ops' }],
  ...(renamed && { renamed }),
})
const renamed = to('b', { notifiers: { a: 'b' } })

describe('a notifier that has another name', () => {
  it('is told of the end of what it was told under the old one, and not of the beginning again', () => {
    const rig = new Rig(to('a')).signal(opened(0)).step({ type: 'policy', policy: renamed })
    expect(rig.signal(cleared(10)).told).toEqual(['0 alert 2 a', '10 recovery 2 b'])
  })

  it('takes over what waited for the old one, no sooner than that would have been tried', () => {
    const rig = new Rig(to('a'))
    rig.answer = ({ notifier }) => (notifier === 'a' ? unreached : 'ok')
    rig.signal(opened(0)).to(10)
    const due = rig.engine.nextDue()
    rig.step({ type: 'policy', policy: renamed })
    expect(rig.told).toEqual([])
    expect(rig.to(1e6).told).toEqual([`${due} alert 2 b`])
    expect(rig.attempts[1]?.id).toBe(rig.attempts[0]?.id)
  })

  it('takes over what was never tried at once', () => {
    const rig = new Rig(to('a'))
    rig.answer = ({ notifier }) => (notifier === 'a' ? 'hangs' : 'ok')
    for (let each = 0; each < 8; each++) rig.signal(opened(0, { metric: `m${each}` }))
    rig.step({ type: 'policy', policy: renamed })
    // Seven are under way under the old name, and may arrive there: those are told under the new one as well.
    expect(rig.told).toHaveLength(8)
    expect(rig.open.at(-1)?.places).toMatchObject([{ place: 'b', told: 'yes', sequence: 1 }])
    expect(rig.open[0]?.places).toMatchObject([{ place: 'a', told: 'no' }, { place: 'b' }])
  })

  it('leaves what is under way to the old one, whose answer is heard', () => {
    const rig = new Rig(to('a'))
    rig.answer = ({ kind }) => (kind === 'alert' ? 'hangs' : 'ok')
    rig.signal(opened(0)).step({ type: 'policy', policy: renamed })
    const { id = '' } = rig.attempts[0] ?? {}
    rig.step({ type: 'result', result: { id, notifier: 'a' } })
    expect(rig.decisions.filter((decision) => decision === 'delivered')).toHaveLength(1)
    expect(rig.signal(cleared(10)).told).toContain('10 recovery 2 a')
  })
})

describe('a rule set that has another name', () => {
  const anew: Policy = { ...to('a'), renamed: { ruleSets: { rules: 'newer' } } }

  it('goes on with what is open, whichever name its detector uses', () => {
    const rig = new Rig(to('a')).signal(opened(0)).step({ type: 'policy', policy: anew })
    rig.signal(opened(5, { ruleSet: 'newer' })).signal(cleared(10))
    expect(rig.told).toEqual(['0 alert 2 a', '10 recovery 2 a'])
  })

  it('that is open under both names already goes on once: the older name is over, and whoever knows is told', () => {
    const rig = new Rig(to('a')).signal(opened(0)).signal(opened(5, { ruleSet: 'newer' }))
    rig.to(10).step({ type: 'policy', policy: anew })
    expect(rig.told).toEqual(['0 alert 2 a', '5 alert 2 a', '10 recovery 2 a'])
    expect(rig.decisions).toContain('cleared policy')
    expect(rig.open).toMatchObject([{ ruleSet: 'newer', openedAt: 5 }])
  })

  it('is one of both names over a change of the notifier too', () => {
    const rig = new Rig(to('a')).signal(opened(0)).signal(opened(5, { ruleSet: 'newer' }))
    const policy = to('b', { notifiers: { a: 'b' }, ruleSets: { rules: 'newer' } })
    rig.to(10).step({ type: 'policy', policy })
    expect(rig.told).toEqual(['0 alert 2 a', '5 alert 2 a', '10 recovery 2 b'])
  })
})
