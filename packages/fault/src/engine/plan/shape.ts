import type { MemberWatch, Plan, Watch } from './plan.ts'

/** One thing that watches a row, and where its lines are, counted from where those of the row begin. */
export interface Slot {
  readonly kind: 'own' | 'pool' | 'member'
  readonly plan: Plan
  readonly watch: Watch
  readonly instance: number
  readonly rule: number
  readonly memory: number
  /** Of a condition on members: which, and what. */
  readonly member: number
  readonly memberWatch: MemberWatch | undefined
  /** Of a member: the slot that has its group. */
  readonly pool: number
}

/** How the lines of a row are laid out. Rows that the same rule sets select share one. */
export interface Shape {
  /** Which reload it is of: others are out of date. */
  readonly generation: number
  readonly slots: readonly Slot[]
  /** Windows of the row. */
  readonly needs: readonly number[]
  /** Lines. */
  readonly instances: number
  readonly rules: number
  readonly memory: number
  /** The shortest absence, ms; Infinity for none. */
  readonly shortestAbsence: number
  /** The shortest absence or `forgetAfter`, ms: before, no silence is told. */
  readonly shortestDue: number
  /** Whether something may run out in it that no sample begins: a window of time that is missed. */
  readonly hasMissed: boolean
  /** Whether it is a member of groups. */
  readonly hasPools: boolean
  /** Bits of `unread`: what one of the rule sets cannot read. */
  readonly unread: number
  /** Whether it is of a group, or of a part of one. */
  readonly isGroup: boolean
  /** What it says of rows that are well, by number; 0 for nothing, -1 where nobody asked yet. */
  quiet: number
}

const nothing: Watch = { absences: [], missed: [] }

/** What a series has of the rule sets that select it: its own instances, and its places in groups. */
export function shapeOfSeries(plans: readonly Plan[], generation: number): Shape {
  const layout = new Layout()
  for (const plan of plans) {
    if (plan.by === undefined) {
      layout.add('own', plan, plan, plan.rules.length, plan.memorySize, plan.needs)
      continue
    }
    const pool = layout.slots.length
    layout.add('pool', plan, nothing, 0, 0, [])
    for (const [member, watch] of plan.members.entries()) {
      const { memorySize, needs } = watch.conditions
      layout.add('member', plan, nothing, 0, memorySize, needs, { member, watch, pool })
    }
  }
  return layout.shape(generation, false)
}

/** What a group has of its rule set. */
export function shapeOfGroup(plan: Plan, generation: number): Shape {
  const layout = new Layout()
  layout.add('own', plan, plan, plan.rules.length, plan.memorySize, plan.needs)
  return layout.shape(generation, true)
}

/** A part of a group only has windows. */
export function shapeOfPart(needs: readonly number[], generation: number): Shape {
  const layout = new Layout()
  layout.needs.push(...needs)
  return layout.shape(generation, true)
}

class Layout {
  readonly slots: Slot[] = []
  readonly needs: number[] = []
  #rules = 0
  #memory = 0

  add(
    kind: Slot['kind'],
    plan: Plan,
    watch: Watch,
    rules: number,
    memory: number,
    needs: readonly number[],
    of?: { readonly member: number; readonly watch: MemberWatch; readonly pool: number },
  ): void {
    this.slots.push({
      kind,
      plan,
      watch,
      instance: this.slots.length,
      rule: this.#rules,
      memory: this.#memory,
      member: of?.member ?? -1,
      memberWatch: of?.watch,
      pool: of?.pool ?? -1,
    })
    this.#rules += rules
    this.#memory += memory
    this.needs.push(...needs)
  }

  shape(generation: number, isGroup: boolean): Shape {
    const { slots } = this
    const shortestAbsence = Math.min(Infinity, ...slots.map(({ watch }) => watch.absences[0] ?? Infinity))
    return {
      generation,
      slots,
      needs: [...new Set(this.needs)].sort((a, b) => a - b),
      instances: slots.length,
      rules: this.#rules,
      memory: this.#memory,
      shortestAbsence,
      shortestDue: Math.min(shortestAbsence, ...slots.map(({ plan }) => plan.forgetAfterMs)),
      hasMissed: slots.some(({ watch }) => watch.missed.length > 0),
      hasPools: slots.some(({ kind }) => kind === 'pool'),
      unread: slots.reduce((bits, { kind, plan }) => (kind === 'member' ? bits : bits | plan.unread), 0),
      isGroup,
      quiet: -1,
    }
  }
}
