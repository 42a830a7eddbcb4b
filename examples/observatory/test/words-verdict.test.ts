import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { Fault, LoadedRule, Severity, Status } from '../server/wire.ts'
// @ts-expect-error -- the page is plain JavaScript without types
import * as modelModule from '../page/model.js'
// @ts-expect-error -- the page is plain JavaScript without types
import * as faultWords from '../page/words/faults.js'
// @ts-expect-error -- the page is plain JavaScript without types
import * as nameWords from '../page/words/names.js'
// @ts-expect-error -- the page is plain JavaScript without types
import * as partWords from '../page/words/parts.js'
// @ts-expect-error -- the page is plain JavaScript without types
import * as verdictWords from '../page/words/verdict.js'

interface Verdict {
  readonly state: string
  readonly look: string
  readonly glyph: string
  readonly title: unknown[]
  readonly parts: unknown[]
  readonly role: string
  readonly documentTitle: string
  readonly favicon: { readonly shape: string; readonly text: string }
  readonly action?: string
  readonly actionNote: string
  readonly counts?: number[]
}

interface Model {
  link: object
  about: object
  status: Status
  lastSampleAt: number | undefined
  lastEnded: Fault | undefined
  maintenance: readonly object[]
  faults: Map<string, Fault>
}
interface Names {
  nameOf: (series: unknown, host: string) => unknown
}
const { createModel } = modelModule as { createModel: (clock: object) => Model }
const { openFaults } = faultWords as { openFaults: (faults: readonly Fault[]) => Fault[] }
const { createNames, seeAll } = nameWords as {
  createNames: () => Names
  seeAll: (names: Names, model: Model) => void
}
const { textOf } = partWords as { textOf: (parts: unknown[]) => string }
const { verdictOf } = verdictWords as {
  verdictOf: (model: Model, how: { monotonic: number; nameOf: (series: unknown) => unknown }) => Verdict
}

const [second, minute, hour] = [1000, 60_000, 3_600_000] as const
const now = Date.UTC(2026, 10, 26, 5, 12, 40)
const status: Status = {
  now,
  viewers: 1,
  series: 32,
  watched: 10,
  sources: [],
  journal: { state: 'open', segments: 1, bytes: 0 },
  lag: 0,
  dropped: 0,
  problems: { total: 0, latest: [] },
  judging: 'ok',
  closest: [],
}
const rule = (id: string): LoadedRule => ({ id, select: '', levels: [], watching: 1 })
const rules = Array.from({ length: 7 }, (_, at) => rule(`rule-${at}`))

function fault(metric: string, severity: Severity, sinceMs: number, more: Partial<Fault> = {}): Fault {
  return {
    id: metric,
    ruleSet: 'rule',
    series: { key: metric, metric, tags: { host: 'atlas-1' } },
    severity,
    openedAt: now - sinceMs,
    severities: [{ severity, since: now - sinceMs }],
    judgement: { is: 'above', threshold: 90, value: 97.8, sampleTime: now },
    text: '',
    acknowledged: [],
    maintained: [],
    ...more,
  }
}
const memory = fault('memory.used_percent', 1, 12 * minute + 28 * second)
const disk = fault('disk.used_percent', 3, 2 * hour + 25 * minute + 10 * second, {
  judgement: { is: 'above', threshold: 90, value: 91.6, sampleTime: now },
  acknowledgement: { by: 'night shift', at: now - hour, until: Date.UTC(2026, 10, 26, 8) },
})
const queue = fault('demo.queue', 2, hour + 54 * minute + 59 * second, {
  series: { key: 'demo.queue', metric: 'demo.queue', tags: {} },
  endedAt: now - (hour + 51 * minute + 59 * second),
})

interface Known {
  readonly link?: object
  readonly faults?: readonly Fault[]
  readonly status?: Partial<Status>
  readonly rules?: readonly LoadedRule[]
  readonly lastEnded?: Fault
  readonly lastSampleAt?: number | undefined
  readonly fetched?: boolean
  readonly maintenance?: readonly object[]
}

function verdict(known: Known): Verdict {
  const model = createModel({ now: () => now })
  Object.assign(model.link, { state: 'live', since: 0, asOf: now }, known.link)
  if (known.fetched !== false) {
    model.about = { host: 'atlas-1', rules: known.rules ?? rules, startedAt: now - 2 * second }
    model.status = { ...status, ...known.status }
    model.lastSampleAt = 'lastSampleAt' in known ? known.lastSampleAt : now - second
    model.lastEnded = known.lastEnded
    model.maintenance = known.maintenance ?? []
    model.faults = new Map((known.faults ?? []).map((one) => [one.id, one]))
  }
  const names = createNames()
  seeAll(names, model)
  return verdictOf(model, { monotonic: 20_000, nameOf: (series: unknown) => names.nameOf(series, 'atlas-1') })
}

const text = (parts: unknown[]) => textOf(parts).replaceAll('\u00A0', ' ')
const shown = (known: Known) => {
  const { title, parts, documentTitle, look, glyph, role } = verdict(known)
  return { title: text(title), said: text(parts), tab: documentTitle, look, glyph, role }
}

describe('the verdict', () => {
  it('asks, and after 5 s says for how long without an answer', () => {
    const asking = { state: 'loading', since: 16_000 }
    expect(shown({ fetched: false, link: asking })).toEqual({
      title: 'Asking the observatory…',
      said: '',
      tab: '… Tocsin',
      look: 'plain',
      glyph: 'ring',
      role: 'status',
    })
    const late = { ...asking, since: 15_000 }
    expect(shown({ fetched: false, link: late }).said).toBe('No answer for 5 s, still asking.')
    expect(shown({ link: asking }).tab).toBe('… Tocsin atlas-1')
  })

  it('says that nothing is wrong where everything is known', () => {
    expect(shown({ lastEnded: queue })).toEqual({
      title: 'Nothing is wrong',
      said: '7 rules watch 10 of 32 series. The last fault ended 1 h 52 min ago: demo.queue, after 3 min.',
      tab: '✓ Tocsin atlas-1',
      look: 'good',
      glyph: 'check',
      role: 'status',
    })
    expect(shown({ rules: [rule('a')] }).said).toBe(
      '1 rule watches 10 of 32 series. No fault has ended so far.',
    )
    expect(shown({ lastEnded: { ...queue, endedUnseen: true } }).said).toMatch(
      /The last fault, demo.queue, ended unseen, at least 1 h 52 min ago.$/,
    )
    const maintenance = [
      { from: now - 1, to: now + 1 },
      { from: now + 1, to: now + 2 },
    ]
    expect(shown({ maintenance }).said).toMatch(/ 1 maintenance window holds notifications back.$/)
  })

  it('is a band where an unacknowledged fault has severity 1 or 2', () => {
    expect(shown({ faults: [disk, memory] })).toEqual({
      title: '2 faults are open',
      said: 'Worst: memory.used_percent at 97.8 % for 12 min 28 s, nobody has acknowledged it. The other one is acknowledged.',
      tab: '(2) severity 1 · Tocsin atlas-1',
      look: 'band',
      glyph: 'severity-1',
      role: 'alert',
    })
    expect(verdict({ faults: [disk, memory] }).counts).toEqual([1, 0, 1, 0, 0])
    expect(verdict({ faults: [disk, memory] }).favicon).toEqual({ shape: 'severity-1', text: '2' })
    expect(verdict({ faults: [fault('a', 2, 0)] }).look).toBe('band')
    expect(verdict({ faults: [fault('a', 3, 0)] }).look).toBe('tint')
  })

  it('is a tint where all are acknowledged, and says who knows of it', () => {
    expect(shown({ faults: [disk] })).toEqual({
      title: '1 fault is open, acknowledged',
      said: 'disk.used_percent at 91.6 % for 2 h 25 min. Night shift knows of it until 08:00.',
      tab: '(1) severity 3 · Tocsin atlas-1',
      look: 'tint',
      glyph: 'severity-3',
      role: 'status',
    })
    const known = { ...memory, acknowledgement: { by: 'Ada', at: now } }
    expect(shown({ faults: [known, disk] })).toMatchObject({
      title: '2 faults are open, acknowledged',
      said: 'Worst: memory.used_percent at 97.8 % for 12 min 28 s. Ada knows of it until it ends.',
      look: 'tint',
      role: 'status',
    })
  })

  it('counts the others by what is known of them', () => {
    const said = (faults: Fault[]) => shown({ faults }).said
    const [a, b] = [fault('a', 3, 0), fault('b', 4, 0)]
    expect(said([memory])).toBe('memory.used_percent at 97.8 % for 12 min 28 s, nobody has acknowledged it.')
    expect(said([memory, a])).toMatch(/ Nobody has acknowledged the other one either\.$/)
    expect(said([memory, a, b])).toMatch(/ Nobody has acknowledged the other 2 either\.$/)
    expect(said([memory, a, disk])).toMatch(/ 1 of the other 2 is acknowledged\.$/)
    expect(said([memory, disk, { ...disk, id: 'd' }])).toMatch(/ The other 2 are acknowledged\.$/)
  })

  it('says of the worst that it is in maintenance, and until when where that is known', () => {
    const held = { ...memory, maintained: [{ from: now - minute }] }
    const window = { from: now - minute, to: Date.UTC(2026, 10, 26, 19, 3) }
    expect(shown({ faults: [held], maintenance: [window] }).said).toBe(
      'memory.used_percent at 97.8 % for 12 min 28 s, in maintenance until 19:03, nobody has acknowledged it.',
    )
    const both = [window, { ...window, to: now + minute }]
    expect(shown({ faults: [held], maintenance: both }).said).toContain(
      '28 s, in maintenance, nobody has acknowledged it.',
    )
    const acknowledgement = disk.acknowledgement!
    expect(shown({ faults: [{ ...held, acknowledgement }], maintenance: [window] }).said).toContain(
      '28 s, in maintenance until 19:03. Night shift knows of it',
    )
    // The worst is not in the window.
    expect(shown({ faults: [memory], maintenance: [window] }).said).not.toContain('maintenance')
  })

  it('tells of an absence how long nothing came, and of an average that it is one', () => {
    const silent = fault('heartbeat', 3, minute, {
      judgement: { is: 'absent', threshold: 30_000, sampleTime: now - 130_000 },
    })
    expect(shown({ faults: [silent] }).said).toBe(
      'heartbeat: no sample for 2 min 10 s, nobody has acknowledged it.',
    )
    const busy = fault('cpu.used_percent', 4, minute, {
      judgement: { is: 'above', threshold: 80, value: 84.1, averageMs: minute, sampleTime: now },
    })
    expect(shown({ faults: [busy] }).said).toMatch(/^cpu.used_percent at an average of 84.1 % for 1 min,/)
  })

  it('does not know where nothing new came from this machine', () => {
    const stale = { link: { state: 'stale' }, lastSampleAt: now - 42 * second }
    expect(shown(stale)).toEqual({
      title: 'Nothing new for 42 s',
      said: 'Connected, and faults are as the observatory tells them, but this machine’s last sample is from 05:11:58. Charts end there.',
      tab: '? stale · Tocsin atlas-1',
      look: 'hatched',
      glyph: 'clock',
      role: 'alert',
    })
    expect(shown({ ...stale, faults: [memory, disk] }).said).toMatch(
      /Charts end there\. 2 faults are open, the worst of severity 1\.$/,
    )
    expect(shown({ ...stale, lastSampleAt: undefined }).title).toBe('Nothing new')
  })

  it('does not know without a connection, and says what was known', () => {
    const asOf = now - 3 * minute - 12 * second
    const link = { state: 'disconnected', asOf, tries: 14, nextTryAt: 24_000 }
    const lost = verdict({ link, faults: [memory, disk] })
    expect(shown({ link, faults: [memory, disk] })).toEqual({
      title: 'Not connected: the state is not known',
      said: 'Everything below is from 05:09:28 UTC, 3 min 12 s ago. 2 faults were open then, the worst of severity 1. What has happened since, this page cannot say.',
      tab: '? not connected · Tocsin atlas-1',
      look: 'hatched',
      glyph: 'question',
      role: 'alert',
    })
    expect(lost.action).toBe('Try now')
    expect(lost.actionNote.replaceAll('\u00A0', ' ')).toBe('14 tries, next in 4 s')
    expect(shown({ link, faults: [disk] }).said).toContain('ago. 1 fault of severity 3 was open then. What')
    expect(shown({ link }).said).toContain('ago. Nothing was open then. What')
    expect(shown({ link: { ...link, asOf: undefined }, fetched: false }).said).toBe(
      'The observatory has told nothing yet. Whether anything is wrong, this page cannot say.',
    )
  })

  it('repeats what the observatory said instead of its state', () => {
    const link = { state: 'failed', said: '500, journal: no space left on device', nextTryAt: 30_000 }
    expect(shown({ link })).toEqual({
      title: 'The observatory answers, but cannot tell its state',
      said: 'It said: 500, journal: no space left on device. Nothing below is known to be true now. Asking again in 10 s.',
      tab: '✕ failed · Tocsin atlas-1',
      look: 'hatched',
      glyph: 'cross',
      role: 'alert',
    })
    expect(verdict({ link }).action).toBe('Ask now')
  })

  it('waits for the first sample', () => {
    const first = { status: { series: 0, watched: 0 }, lastSampleAt: undefined, rules: rules.slice(0, 6) }
    const link = { state: 'stale' }
    expect(shown({ ...first, link })).toEqual({
      title: 'Nothing has been received yet',
      said: 'The observatory runs and listens since 05:12:38 UTC. 6 rules are loaded; until samples come, nobody can say whether anything is wrong.',
      tab: '? nothing yet · Tocsin atlas-1',
      look: 'hatched',
      glyph: 'question',
      role: 'alert',
    })
    expect(shown({ ...first, link, faults: [memory] }).title).not.toBe('Nothing has been received yet')
  })

  it('does not know where faults are not looked for', () => {
    expect(shown({ status: { judging: 'journal: no space left' }, faults: [disk] })).toMatchObject({
      title: 'Faults are not being found',
      said: 'Connected, but the observatory does not judge: journal: no space left. What goes wrong now, this page cannot say. 1 fault of severity 3 is open.',
      tab: '? not judging · Tocsin atlas-1',
      look: 'hatched',
    })
    expect(shown({ status: { watched: 0 } })).toMatchObject({
      title: 'Nothing is watched',
      said: '7 rules watch none of 32 series. Nobody can say whether anything is wrong.',
      look: 'hatched',
    })
    expect(shown({ rules: [] }).said).toBe('No rule is loaded. Nobody can say whether anything is wrong.')
  })

  it('has a check mark, green and "Nothing is wrong" only when live, fetched, judged and watched', () => {
    const states = ['loading', 'live', 'stale', 'disconnected', 'failed', 'a new state']
    for (const state of states) {
      for (const fetched of [true, false]) {
        for (const judging of ['ok', 'no']) {
          for (const watched of [0, 10]) {
            for (const faults of [[], [disk]]) {
              const said = shown({ link: { state }, fetched, status: { judging, watched }, faults })
              const isGood =
                state === 'live' && fetched && judging === 'ok' && watched > 0 && faults.length === 0
              const signs = [said.look === 'good', said.title === 'Nothing is wrong', said.tab.includes('✓')]
              expect([...signs, said.glyph === 'check'], JSON.stringify(said)).toEqual(Array(4).fill(isGood))
            }
          }
        }
      }
    }
  })
})

describe('the order of faults', () => {
  const severities: Severity[] = [1, 2, 3, 4, 5]
  const arbitrary = fc.uniqueArray(
    fc.record({
      id: fc.string({ maxLength: 3 }),
      severity: fc.constantFrom(...severities),
      age: fc.integer({ min: 0, max: 3 }),
      isKnown: fc.boolean(),
    }),
    { selector: ({ id }) => id, maxLength: 30 },
  )
  const made = (of: { id: string; severity: Severity; age: number; isKnown: boolean }) =>
    fault('a', of.severity, of.age, {
      id: of.id,
      ...(of.isKnown ? { acknowledgement: { by: 'Ada', at: now } } : {}),
    })
  it('is the same from whatever order they come in', () => {
    const shuffled = arbitrary.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    )
    fc.assert(
      fc.property(shuffled, ([one, other]) => {
        expect(openFaults(one.map(made)).map(({ id }) => id)).toEqual(
          openFaults(other.map(made)).map(({ id }) => id),
        )
      }),
    )
  })

  it('has acknowledged ones last, then the worst first, then the longest open', () => {
    fc.assert(
      fc.property(arbitrary, (all) => {
        const rank = ({ acknowledgement, severity, openedAt }: Fault) =>
          (acknowledgement === undefined ? 0 : 100) + severity * 10 + (openedAt - now + 3)
        const ranks = openFaults(all.map(made)).map(rank)
        expect(ranks).toEqual(ranks.toSorted((a, b) => a - b))
      }),
    )
  })

  it('has no ended one in it', () => {
    expect(openFaults([queue, disk, memory]).map(({ id }) => id)).toEqual([memory.id, disk.id])
  })
})
