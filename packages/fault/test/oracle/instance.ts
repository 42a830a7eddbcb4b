import type { Rule, RuleSet, Severity } from '../../src/model/rule-set.ts'
import { decide, endOfMutes, isMuted, type Violated } from './deciding.ts'
import { type Judged, nextTurn, readWhen, type Turn } from './holding.ts'
import { type Memory, type Moment, reasonOf, truthAt } from './truth-of.ts'

/** An event that should be told. */
export interface Expected {
  readonly type: 'opened' | 'severity' | 'reason' | 'cleared' | 'muted'
  readonly change?: string
  readonly time: number
  readonly severity: Severity
  readonly previousSeverity?: Severity
  readonly openedAt: number
  readonly rule: number
  /** None where nothing is said of it: what decides is over, and only kept. */
  readonly reason?: string
  /** By the clock, when it is known. */
  readonly told: number
}

interface Open {
  readonly openedAt: number
  readonly severity: Severity
  readonly rule: number
  readonly isHidden: boolean
}

interface RuleState {
  readonly rule: Rule
  readonly index: number
  readonly judged: Judged[]
  turn: Turn
}

/** One rule set on one series or group, from its first sample until it is forgotten. */
export class Instance {
  readonly events: Expected[] = []
  readonly moments: Moment[] = []
  readonly #ruleSet: RuleSet
  readonly #rules: readonly RuleState[]
  readonly #memory: Memory = new Map()
  #open: Open | undefined
  #time = -Infinity
  /** An opening comes after the last end, so that no two faults have the same name. */
  #earliest: number
  /** When it was found to be hidden. */
  #hiddenAt = -Infinity

  constructor(ruleSet: RuleSet, earliest: number = -Infinity) {
    this.#ruleSet = ruleSet
    this.#earliest = earliest
    this.#rules = ruleSet.rules.map((rule, index) => ({
      ...{ rule, index, judged: [] },
      turn: { after: 0, isOn: false },
    }))
  }

  /** Judges a moment, and decides. */
  judge(moment: Moment, told: number, isByClock: boolean): void {
    this.moments.push(moment)
    for (const state of this.#rules) {
      const { rule, judged } = state
      const clear = rule.clear === undefined ? 'unknown' : truthAt(rule.clear, this.moments, this.#memory)
      judged.push({
        time: moment.time,
        when: truthAt(rule.when, this.moments, this.#memory),
        clear,
        isBegun: moment.seen.length > 0,
      })
      this.#turn(state, moment.time)
    }
    this.#decide(moment.time, told, isByClock)
  }

  /** When the next fault may open. */
  get earliest(): number {
    return this.#earliest
  }

  /** When the mute that hides the fault has ended; the clock alone tells. */
  muteDue(): number {
    const { isHidden = false, severity = 1 } = this.#open ?? {}
    return isHidden ? endOfMutes(this.#ruleSet, severity, this.#hiddenAt) : Infinity
  }

  /** The next moment at which a hold runs out. */
  nextDue(): number {
    const { unknown } = this.#ruleSet
    const holds = this.#rules.map(({ rule, judged, turn }) => {
      const next = nextTurn(rule, judged, turn, unknown)
      return next?.mayRunOut === true ? next.due : Infinity
    })
    return Math.min(...holds)
  }

  /** Lets what is due at a moment run out. */
  runOut(due: number, told: number, isByClock: boolean): void {
    for (const state of this.#rules) this.#turn(state, due)
    this.#decide(due, told, isByClock)
  }

  /** Nothing is known of it any more. */
  end(time: number, told: number): void {
    if (this.#open !== undefined) this.#tell(time, told, this.#cleared(this.#open, 'gone'))
  }

  #turn(state: RuleState, time: number): void {
    for (;;) {
      const { rule, judged, turn } = state
      const next = nextTurn(rule, judged, turn, this.#ruleSet.unknown)
      if (next?.mayRunOut !== true || time < next.due) return
      state.turn = { after: judged.length, isOn: !turn.isOn }
    }
  }

  #decide(time: number, told: number, isByClock = false): void {
    const isMuteOver = isByClock && time === this.muteDue()
    const chosen = decide(this.#violated(), this.#ruleSet.decide)
    const open = this.#open
    if (chosen === undefined) {
      this.#open = undefined
      if (open !== undefined) this.#tell(time, told, this.#cleared(open, 'recovered'))
      return
    }
    const { index: rule, rule: { severity } } = chosen // prettier-ignore
    const at = Math.max(time, this.#time, open === undefined ? this.#earliest : -Infinity)
    // That time passed shows only by the clock; another severity asks anew.
    const asksAnew = isMuteOver || open?.severity !== severity
    const isHidden = open?.isHidden !== false && (!asksAnew || isMuted(this.#ruleSet, severity, at))
    if (asksAnew && isHidden) this.#hiddenAt = at
    const openedAt = open?.openedAt ?? at
    this.#open = { openedAt, severity, rule, isHidden }
    const reason = this.#reason(rule)
    const facts = { severity, openedAt, rule, ...(reason !== undefined && { reason }) }
    if (open === undefined || (open.isHidden && !isHidden)) {
      this.#tell(
        time,
        told,
        isHidden ? { ...facts, type: 'muted', change: 'opened' } : { ...facts, type: 'opened' },
      )
    } else if (open.severity !== severity) {
      const changed = { ...facts, previousSeverity: open.severity }
      this.#tell(
        time,
        told,
        isHidden ? { ...changed, type: 'muted', change: 'severity' } : { ...changed, type: 'severity' },
      )
    } else if (open.rule !== rule && !isHidden) this.#tell(time, told, { ...facts, type: 'reason' })
  }

  #violated(): readonly Violated[] {
    return this.#rules
      .filter(({ turn }) => turn.isOn)
      .map(({ index, rule, judged }) => {
        const last = judged.at(-1)
        const truth = last === undefined ? 'unknown' : readWhen(last, this.#ruleSet.unknown)
        return { index, rule, truth }
      })
  }

  #reason(index: number): string | undefined {
    const state = this.#rules[index]
    const last = state?.judged.at(-1)
    if (state === undefined || last === undefined) return undefined
    if (last.when === 'true') return reasonOf(state.rule.when, this.moments, this.#memory)
    return readWhen(last, this.#ruleSet.unknown) === 'true' ? 'unknown' : undefined
  }

  #cleared({ isHidden, openedAt, severity, rule }: Open, reason: string): Omit<Expected, 'time' | 'told'> {
    const facts = { openedAt, severity, rule, reason }
    return isHidden ? { ...facts, type: 'muted', change: 'cleared' } : { ...facts, type: 'cleared' }
  }

  #tell(time: number, told: number, event: Omit<Expected, 'time' | 'told'>): void {
    const isOpening =
      event.change === 'opened' || (event.type === 'opened' && event.openedAt >= this.#earliest)
    this.#time = Math.max(this.#time, time, isOpening ? this.#earliest : -Infinity)
    if (event.type === 'cleared' || event.change === 'cleared') this.#earliest = this.#time + 1
    this.events.push({ ...event, time: this.#time, told })
  }
}
