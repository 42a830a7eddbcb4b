import { ranks } from './rank.ts'
import type { Rank } from './rank.ts'

/** What waits in a queue. */
interface Ranked {
  readonly rank: Rank
}

interface Node<Item> {
  readonly item: Item
  readonly rank: Rank
  before: Node<Item> | undefined
  after: Node<Item> | undefined
}

/** The lowest rank first, and of one rank the one that came first. Everything takes the same time however many wait. */
export interface ReadyQueue<Item extends Ranked> {
  readonly size: number
  first(): Item | undefined
  /** Everything, in the order in which it came. */
  items(): Iterable<Item>
  /** Puts an item behind those of its rank; one that is in it already moves there. */
  add(item: Item): void
  delete(item: Item): void
}

/** A linked list for each rank: a set would walk over what was taken out of it before it finds its first. */
export function createReadyQueue<Item extends Ranked>(): ReadyQueue<Item> {
  const nodes = new Map<Item, Node<Item>>()
  const heads = Array<Node<Item> | undefined>(ranks).fill(undefined)
  const tails = Array<Node<Item> | undefined>(ranks).fill(undefined)

  const remove = (item: Item): void => {
    const node = nodes.get(item)
    if (node === undefined) return
    nodes.delete(item)
    const { before, after, rank } = node
    if (before === undefined) heads[rank] = after
    else before.after = after
    if (after === undefined) tails[rank] = before
    else after.before = before
  }

  return {
    get size() {
      return nodes.size
    },
    first: () => heads.find((head) => head !== undefined)?.item,
    items: () => nodes.keys(),
    add: (item) => {
      remove(item)
      const { rank } = item
      const before = tails[rank]
      const node = { item, rank, before, after: undefined }
      nodes.set(item, node)
      tails[rank] = node
      if (before === undefined) heads[rank] = node
      else before.after = node
    },
    delete: remove,
  }
}
