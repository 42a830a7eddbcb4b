import { maxSeriesKeyLength, parseSeries, type Series } from '@tocsin/core'

import { createSpellings, type Spellings } from './json/spellings.ts'
import type { TrapFault } from './trap-value.ts'

/** A name inside the names around it. */
export interface NameNode {
  /** How it stands in a body where it does so without escapes, in ASCII: what a body is expected to repeat; else -1. */
  spelling: number
  /** With the names around it, joined by backticks. */
  readonly path: string
  /** Whether neither it nor what is in it can have a series. */
  readonly isDead: boolean
  /** Whether the tree has it. */
  isKept: boolean
  children: Map<string, NameNode> | undefined
  elements: NameNode[] | undefined
  /** The name in it that came first last time. */
  first: NameNode | undefined
  /** The name beside it that came after it last time. */
  next: NameNode | undefined
  /** Its series once it was asked for, or why it has none. */
  series: Series | undefined
  fault: TrapFault | undefined
  tagged: Map<string, Series | TrapFault> | undefined
}

/** The names of a body that are not known: how many, and how many characters more they may have. */
interface NewNames {
  left: number
  made: number
}

/** All names of earlier bodies, as far as there is room: bodies of one sender repeat theirs, mostly in the same order. */
export interface NameTree {
  /** A body begins, or ends. What is kept is only dropped where none is being read. */
  begin(): NameNode
  end(): void
  /** Of the names in it. */
  readonly spellings: Spellings
  child(parent: NameNode, name: string, names: NewNames): NameNode
  element(parent: NameNode, index: number, names: NewNames): NameNode
  series(node: NameNode): Series | TrapFault
  tagged(node: NameNode, tags: string, names: NewNames): Series | TrapFault
}

/** What a name takes beside its text, bytes, and how often its text is held; measured. */
const bytesPerName = 400
const copiesOfName = 4

const tooLong: TrapFault = {
  reason: 'bad-name',
  message: `a series name has at most ${maxSeriesKeyLength} characters`,
}

const newNode = (path: string, fault?: TrapFault): NameNode => ({
  spelling: -1,
  path,
  isDead: fault !== undefined,
  isKept: false,
  children: undefined,
  elements: undefined,
  first: undefined,
  next: undefined,
  series: undefined,
  fault,
  tagged: undefined,
})

const longName = newNode('', tooLong)
/** A name that cannot be read. */
export const unreadableName: NameNode = newNode('', {
  reason: 'not-utf8',
  message: 'a name is UTF-8',
})

/** A tree that takes at most so many bytes. */
export function createNameTree(maxNameBytes: number): NameTree {
  let root = newNode('')
  let spellings = createSpellings()
  let bytes = 0
  let bodies = 0

  /** Whether there is room to keep so long a name. */
  function take(length: number, names: NewNames): boolean {
    names.left -= length
    names.made += 1
    bytes += bytesPerName + copiesOfName * length
    return bytes <= maxNameBytes
  }

  return {
    get spellings() {
      return spellings
    },
    begin() {
      if (bodies === 0 && bytes > maxNameBytes) {
        root = newNode('')
        spellings = createSpellings()
        bytes = 0
      }
      bodies += 1
      return root
    },
    end() {
      bodies -= 1
    },
    child(parent, name, names) {
      if (parent.isDead) return parent
      const known = parent.children?.get(name)
      if (known !== undefined) return known
      const node = joined(parent, name)
      if (node.isDead || !take(node.path.length, names)) return node
      node.isKept = true
      ;(parent.children ??= new Map()).set(name, node)
      return node
    },
    element(parent, index, names) {
      if (parent.isDead) return parent
      const known = parent.elements?.[index]
      if (known !== undefined) return known
      const node = joined(parent, String(index))
      if (node.isDead || !take(node.path.length, names)) return node
      // Without holes: those before it may have had no room.
      if (index === (parent.elements ??= []).length) parent.elements.push(node)
      return node
    },
    series(node) {
      if (node.series !== undefined) return node.series
      if (node.fault !== undefined) return node.fault
      const found = read(node.path)
      return 'reason' in found ? (node.fault = found) : (node.series = found)
    },
    tagged(node, tags, names) {
      if (node.isDead) return tooLong
      const known = node.tagged?.get(tags)
      if (known !== undefined) return known
      const name = `${node.path}|ST[${tags}]`
      if (name.length > maxSeriesKeyLength) return tooLong
      const found = read(name)
      if (take(name.length, names)) (node.tagged ??= new Map()).set(tags, found)
      return found
    },
  }
}

function joined({ path }: NameNode, name: string): NameNode {
  const isInner = path !== ''
  // Before the names are put together, which would be dear for each name inside a long one.
  if (path.length + (isInner ? 1 : 0) + name.length > maxSeriesKeyLength) return longName
  return newNode(isInner ? `${path}\`${name}` : name)
}

function read(name: string): Series | TrapFault {
  const parsed = parseSeries(name)
  return parsed.ok ? parsed.value : { reason: 'bad-name', message: parsed.message }
}
