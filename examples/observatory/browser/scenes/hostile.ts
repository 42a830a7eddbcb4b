import type { Fault } from '../../server/wire.ts'
import { minute, nameOf, wander } from './scene.ts'
import type { InventedSeries } from './scene.ts'

/** What must be shown as text, and break nothing. */
export const hostileNames: readonly string[] = [
  '<img src=x onerror="globalThis.wasRun=1">',
  '</script><script>globalThis.wasRun=1</script>',
  '__proto__',
  'constructor',
  'x'.repeat(200),
  'a`b|c&amp;"\'',
  'שלום.queue',
]

export const hostileTag = '<b>bold</b>"><svg onload="globalThis.wasRun=1">'

/** Series of those names, of numbers that are none, and of texts that look like markup. */
export function hostileSeries(): readonly InventedSeries[] {
  const add = (
    metric: string,
    tags: Readonly<Record<string, string>>,
    value: InventedSeries['value'],
    drawn: InventedSeries['drawn'] = 'number',
  ): InventedSeries => ({ series: nameOf(metric, tags), drawn, stepMs: 5000, machine: false, value })
  return [
    ...hostileNames.map((name, index) =>
      add(
        name,
        { shop: hostileTag, ['x'.repeat(60)]: 'y'.repeat(190) },
        (time) => 50 + 20 * wander(index, time, minute),
      ),
    ),
    add('not.a_number', {}, () => 'NaN'),
    add('sometimes.no_number', {}, (time) => (Math.floor(time / 30_000) % 2 === 0 ? 'NaN' : 7)),
    add('endless', {}, () => 'Infinity'),
    add('text.of_markup', {}, () => '<h1>big</h1>', 'text'),
    add('text.that_was_number', {}, (time) => (Math.floor(time / minute) % 2 === 0 ? 'off' : 3)),
  ]
}

/** Faults of those names; also one by a rule without a threshold, and one without a value. */
export function hostileFaults(now: number): readonly Fault[] {
  const openedAt = now - 7 * minute
  const base = { openedAt, acknowledged: [], maintained: [], text: hostileTag }
  const named = hostileNames.map((name, index): Fault => {
    const series = nameOf(name, { shop: hostileTag, ['x'.repeat(60)]: 'y'.repeat(190) })
    const severity = ((index % 5) + 1) as Fault['severity']
    return {
      ...base,
      id: `hostile-${index}`,
      alert: `alert-hostile-${index}`,
      ruleSet: name,
      series,
      severity,
      severities: [{ severity, since: openedAt }],
      judgement: { is: 'above', threshold: 20, value: 55, sampleTime: now - 1000 },
    }
  })
  const changed: Fault = {
    ...base,
    id: 'changed',
    alert: 'alert-changed',
    ruleSet: 'version-changed',
    series: nameOf('text.of_markup'),
    severity: 1,
    severities: [{ severity: 1, since: openedAt }],
    judgement: { is: 'changed', value: '<h1>big</h1>', sampleTime: now - 1000 },
  }
  const absent: Fault = {
    ...base,
    id: 'absent',
    alert: 'alert-absent',
    ruleSet: 'demo-heartbeat',
    series: nameOf('demo.heartbeat'),
    severity: 1,
    severities: [{ severity: 1, since: openedAt }],
    judgement: { is: 'absent', threshold: 30_000, sampleTime: openedAt - 30_000 },
  }
  return [changed, absent, ...named]
}
