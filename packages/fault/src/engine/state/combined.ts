import { quotient } from '../../windows/sum-lane.ts'

/** How the last values of the members of a group become one. */
export type Combine = 'sum' | 'min' | 'max' | 'average'

/** What a snapshot has of it. */
export interface SavedCombined {
  readonly entries: readonly (readonly [row: number, value: number])[]
  readonly sums: readonly number[]
}

/** The last values of the members of a group, as one number. */
export class Combined {
  readonly #values = new Map<number, number>()
  /** How many are numbers, and how many of these are infinite: those would spoil the sum for good. */
  #known = 0
  #infinite = 0
  #sum = 0
  /** What rounding took from the sum so far. Neumaier 1974. */
  #rest = 0
  #min = Infinity
  #max = -Infinity
  /** The least or the greatest was taken out. */
  #isStale = false
  #changes = 0

  /** The last value of a member; NaN where that is no number. */
  set(row: number, value: number): void {
    const before = this.#values.get(row)
    if (Object.is(before, value)) return
    if (before !== undefined) this.#takeOut(before)
    this.#values.set(row, value)
    this.#putIn(value)
    this.#changes += 1
    // So that rounding does not add up, at the price of one more look at each member a round.
    if (this.#changes > this.#values.size + 16) this.#countAnew()
  }

  delete(row: number): void {
    const before = this.#values.get(row)
    if (before === undefined) return
    this.#values.delete(row)
    this.#takeOut(before)
  }

  /** NaN where there is no member, or one whose last value is no number: then nobody knows what they are together. */
  value(how: Combine): number {
    if (this.#known === 0 || this.#known < this.#values.size) return NaN
    if (how === 'min' || how === 'max') {
      if (this.#isStale) this.#countAnew()
      return how === 'min' ? this.#min : this.#max
    }
    const sum = this.#sum + this.#rest
    if (this.#infinite === 0 && Number.isFinite(sum)) {
      return how === 'sum' ? sum : quotient(sum, this.#sum - sum + this.#rest, this.#known)
    }
    const plain = this.#plainSum()
    return how === 'sum' ? plain : plain / this.#known
  }

  /** All of it, for a snapshot. */
  save(): SavedCombined {
    return { entries: [...this.#values], sums: [this.#sum, this.#rest, this.#changes] }
  }

  load({ entries, sums }: SavedCombined): void {
    for (const [row, value] of entries) this.#values.set(row, value)
    this.#countAnew()
    ;[this.#sum = 0, this.#rest = 0, this.#changes = 0] = sums
  }

  #putIn(value: number): void {
    if (Number.isNaN(value)) return
    this.#known += 1
    if (value < this.#min) this.#min = value
    if (value > this.#max) this.#max = value
    if (Number.isFinite(value)) this.#add(value)
    else this.#infinite += 1
  }

  #takeOut(value: number): void {
    if (Number.isNaN(value)) return
    this.#known -= 1
    if (value === this.#min || value === this.#max) this.#isStale = true
    if (Number.isFinite(value)) this.#add(-value)
    else this.#infinite -= 1
  }

  #add(value: number): void {
    const sum = this.#sum + value
    this.#rest += Math.abs(this.#sum) >= Math.abs(value) ? this.#sum - sum + value : value - sum + this.#sum
    this.#sum = sum
  }

  #plainSum(): number {
    let sum = 0
    for (const value of this.#values.values()) if (!Number.isNaN(value)) sum += value
    return sum
  }

  #countAnew(): void {
    this.#known = 0
    this.#infinite = 0
    this.#sum = 0
    this.#rest = 0
    this.#min = Infinity
    this.#max = -Infinity
    this.#isStale = false
    this.#changes = 0
    for (const value of this.#values.values()) this.#putIn(value)
  }
}
