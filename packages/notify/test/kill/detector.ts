import type { FaultSignal, Severity } from '../../src/index.ts'
import { Chance } from './chance.ts'
import { inMaintenance, ruleSet } from './plan.ts'
import type { Handed } from './plan.ts'

/** What is true of one series. */
export interface Truth {
  /** Whether people should take it for open. */
  isOpen: boolean
  severity: Severity
  /** The fault that the detector sees; none where all is well. */
  fault: { readonly name: string; readonly openedAt: number } | undefined
  /** A person ended it at this severity, and the detector still sees it. */
  byHand: Severity | undefined
  /** Id of its alert, as far as it was told. */
  alert: string | undefined
  /** Signals that may come once more: those of which no person has ended anything since. */
  recent: FaultSignal[]
}

const otherThan = (chance: Chance, severity: Severity): Severity =>
  (((severity - 1 + 1 + chance.below(4)) % 5) + 1) as Severity

/** A detector and people that ask for something at random, and what is true by what they said. */
export class Detector {
  readonly truth: Map<string, Truth> = new Map()
  readonly #chance: Chance
  readonly #windows = new Set<string>()
  #number = 0
  #time = 0

  constructor(seed: number) {
    this.#chance = new Chance(seed)
    for (let each = 0; each < 10; each++) {
      this.truth.set(`s${each}`, {
        isOpen: false,
        severity: 5,
        fault: undefined,
        byHand: undefined,
        alert: undefined,
        recent: [],
      })
    }
  }

  /** What happens next. A person ends an alert by hand only where everything before was answered, as he looks at what there is. */
  next(isAllAnswered: boolean): Handed {
    const chance = this.#chance
    const name = `s${chance.below(10)}`
    const series = this.truth.get(name)!
    if (series.fault === undefined) {
      const what = chance.pick({ open: 8, again: 1, window: inMaintenance.has(name) ? 2 : 0 })
      if (what === 'window') return this.#window(name)
      return (what === 'again' && this.#again(series)) || this.#open(name, series)
    }
    const isKnown = series.isOpen && series.alert !== undefined
    const what = chance.pick({
      severity: 4,
      same: 2,
      anew: 1,
      end: 5,
      again: 1,
      acknowledge: isKnown ? 2 : 0,
      unacknowledge: isKnown ? 1 : 0,
      clear: isKnown && isAllAnswered ? 1 : 0,
      window: inMaintenance.has(name) ? 1 : 0,
    })
    switch (what) {
      case 'severity':
        return this.#severity(name, series, otherThan(chance, series.severity))
      case 'same':
        return this.#severity(name, series, series.severity)
      case 'anew':
        // A detector that was started anew; of what a person has ended it would be a fault that nobody knows.
        return series.byHand === undefined ? this.#open(name, series) : this.#end(name, series)
      case 'end':
        return this.#end(name, series)
      case 'again':
        return this.#again(series) ?? this.#end(name, series)
      case 'window':
        return this.#window(name)
      case 'acknowledge': {
        const until = chance.below(2) === 0 ? {} : { until: Date.now() + chance.below(500) }
        return this.#command(what, { alert: series.alert, by: 'ann', ...until })
      }
      case 'unacknowledge':
        return this.#command(what, { alert: series.alert, by: 'ann' })
      case 'clear':
        series.isOpen = false
        series.byHand = series.severity
        series.recent = []
        return this.#command(what, { alert: series.alert, by: 'ann' })
    }
  }

  /** Nobody holds anything back any more. */
  release(): Handed[] {
    const ends = [...this.#windows].map((id) => this.#command('end-maintenance', { id }))
    this.#windows.clear()
    const open = [...this.truth.values()].filter(({ isOpen, alert }) => isOpen && alert !== undefined)
    return [...ends, ...open.map(({ alert }) => this.#command('unacknowledge', { alert, by: 'ann' }))]
  }

  /** All is well everywhere. */
  endAll(): Handed[] {
    return [...this.truth].flatMap(([name, series]) =>
      series.fault === undefined ? [] : [this.#end(name, series)],
    )
  }

  #open(name: string, series: Truth): Handed {
    const openedAt = this.#now()
    series.fault = { name: `${name}@${openedAt}`, openedAt }
    series.isOpen = true
    series.severity = (this.#chance.below(5) + 1) as Severity
    series.byHand = undefined
    return this.#say('opened', name, series)
  }

  #severity(name: string, series: Truth, severity: Severity): Handed {
    series.severity = severity
    if (series.byHand !== undefined && severity < series.byHand) {
      series.isOpen = true
      series.byHand = undefined
    }
    return this.#say('severity', name, series)
  }

  #end(name: string, series: Truth): Handed {
    const said = this.#say('cleared', name, series)
    series.isOpen = false
    series.fault = undefined
    series.byHand = undefined
    return said
  }

  #again({ recent }: Truth): Handed | undefined {
    const signal = recent[this.#chance.below(recent.length)]
    return signal && { signal }
  }

  #say(type: FaultSignal['type'], name: string, { fault, severity, recent }: Truth): Handed {
    const signal: FaultSignal = {
      type,
      id: `${this.#number++}`,
      fault: fault!.name,
      ruleSet,
      series: { key: name, metric: name, tags: {} },
      severity,
      openedAt: fault!.openedAt,
      time: this.#now(),
      cause: { reason: 'above' },
    }
    recent.push(signal)
    if (recent.length > 20) recent.shift()
    return { signal }
  }

  #window(name: string): Handed {
    const [first] = this.#windows
    if (first !== undefined && this.#chance.below(2) === 0) {
      this.#windows.delete(first)
      return this.#command('end-maintenance', { id: first })
    }
    const id = `window ${this.#number++}`
    const now = Date.now()
    this.#windows.add(id)
    const to = now + (this.#chance.below(2) === 0 ? 100 : 600_000)
    return this.#command('maintenance', { maintenance: { id, select: `__name:${name}`, from: now, to } })
  }

  #command(type: string, rest: Record<string, unknown>): Handed {
    return { command: { type, reference: `${this.#number++}`, ...rest } }
  }

  #now(): number {
    this.#time = Math.max(this.#time + 1, Date.now())
    return this.#time
  }
}
