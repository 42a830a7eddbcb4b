import type { Leaf } from './leaf.ts'
import type { Look } from './look.ts'
import { atLeast, negated, type Truth } from './truth.ts'

/** A condition as a tree of tests. */
export interface Node {
  /** Hysteresis remembers, so that it must see each sample, even where the others have decided already. */
  readonly remembers: boolean
  readonly test: (look: Look) => Truth
  readonly peek: (look: Look) => Truth
  /** The leaf because of which it is what it is. */
  readonly decisive: (look: Look) => Leaf
}

export const leafNode = (leaf: Leaf, remembers: boolean): Node => ({
  remembers,
  test: leaf.test,
  peek: leaf.peek,
  decisive: () => leaf,
})

export const notNode = (of: Node): Node => ({
  remembers: of.remembers,
  test: (look) => negated(of.test(look)),
  peek: (look) => negated(of.peek(look)),
  decisive: of.decisive,
})

/** All: false where one is false. Any: true where one is true. Else unknown where one is unknown. */
export function listNode(of: readonly Node[], decider: 0 | 1): Node {
  const remembers = of.some((node) => node.remembers)
  const [first, second] = of
  const peek = (look: Look): Truth => {
    let truth: Truth = decider === 0 ? 1 : 0
    for (const node of of) {
      const one = node.peek(look)
      if (one === decider) return decider
      if (one === 2) truth = 2
    }
    return truth
  }
  const test = (look: Look): Truth => {
    let truth: Truth = decider === 0 ? 1 : 0
    for (const node of of) {
      const one = node.test(look)
      if (one === decider) truth = decider
      else if (one === 2 && truth !== decider) truth = 2
    }
    return truth
  }
  const decisive = (look: Look): Leaf => firstLike(of, peek(look), look)
  if (!remembers && first !== undefined && second !== undefined && of.length === 2)
    return { remembers, test: pair(first, second, decider), peek, decisive }
  return { remembers, test: remembers ? test : peek, peek, decisive }
}

/** Two are the most usual. */
const pair =
  (first: Node, second: Node, decider: 0 | 1) =>
  (look: Look): Truth => {
    const one = first.test(look)
    if (one === decider) return one
    const other = second.test(look)
    return other === decider || one !== 2 ? other : 2
  }

/** At least `needed` of them. */
export function someNode(of: readonly Node[], needed: number): Node {
  const count = (look: Look, method: 'test' | 'peek'): Truth => {
    let trues = 0
    let unknowns = 0
    for (const node of of) {
      const truth = node[method](look)
      if (truth === 1) trues += 1
      else if (truth === 2) unknowns += 1
    }
    return atLeast(needed, trues, unknowns)
  }
  const peek = (look: Look): Truth => count(look, 'peek')
  return {
    remembers: of.some((node) => node.remembers),
    test: (look) => count(look, 'test'),
    peek,
    decisive: (look) => firstLike(of, peek(look), look),
  }
}

/** The decisive leaf of the first that is as the whole is. */
function firstLike(of: readonly Node[], truth: Truth, look: Look): Leaf {
  const node = of.find((one) => one.peek(look) === truth) ?? of[0]
  if (node === undefined) throw new TypeError('a condition of no conditions')
  return node.decisive(look)
}
