import type { Parsed } from '../parsed.ts'
import { type Assertion, type PatternFlags, type PatternNode, readPattern } from './read-pattern.ts'

/** Most steps of a pattern, with each repetition written out. */
export const maxPatternSteps = 2000
/** Most situations that are remembered of one pattern. */
const maxSituations = 1000

/** Whether a text has a match. */
export interface LinearPattern {
  (text: string): boolean
  /** Looks at a text that comes in pieces. */
  begin(): PatternRun
}

/** A text that comes in pieces, none of which ends within a character. */
interface PatternRun {
  /** Whether there is a match up to here; what follows changes nothing then. */
  take(piece: string): boolean
  /** Whether there is one, given that nothing follows. */
  end(): boolean
}

/**
 * Turns a regular expression of JavaScript (flag `u`, unanchored) into a predicate whose time is linear in the text, whoever
 * wrote either: it follows all ways at once (Thompson 1968) and remembers where they lead. Back references and look-arounds
 * have no such form and are refused, and so are repetitions that come to more than {@link maxPatternSteps}.
 */
export function linearPattern(
  source: string,
  flags: PatternFlags = {},
): Parsed<LinearPattern, 'bad-pattern'> {
  const read = readPattern(source, flags)
  if (!read.ok) return read
  const steps: Step[] = []
  const isWritten = write(read.value, steps)
  if (!isWritten) {
    const message = `the repetitions come to more than ${maxPatternSteps} steps`
    return { ok: false, reason: 'bad-pattern', offset: 0, message }
  }
  steps.push({ kind: 'match' })
  return { ok: true, value: matcher(steps, flags) }
}

type Step =
  | { readonly kind: 'one'; readonly test: (point: number) => boolean }
  | { readonly kind: 'at'; readonly where: Assertion }
  | { readonly kind: 'fork'; first: number; second: number }
  | { readonly kind: 'match' }

/** Writes a tree as steps, each followed by the next one; false where there are too many. */
function write(node: PatternNode, steps: Step[]): boolean {
  if (steps.length > maxPatternSteps) return false
  switch (node.kind) {
    case 'one':
    case 'at':
      steps.push(node)
      return true
    case 'chain':
      return node.of.every((one) => write(one, steps))
    case 'choice':
      return writeChoice(node.of, steps)
    case 'repeat':
      return writeRepeat(node, steps)
  }
}

function writeChoice(of: readonly PatternNode[], steps: Step[]): boolean {
  const exits: (Step & { kind: 'fork' })[] = []
  for (const [index, one] of of.entries()) {
    const fork = addFork(steps)
    fork.first = steps.length
    if (!write(one, steps)) return false
    if (index < of.length - 1) exits.push(addFork(steps))
    fork.second = index < of.length - 1 ? steps.length : fork.first
  }
  for (const exit of exits) exit.first = exit.second = steps.length
  return true
}

function writeRepeat({ of, min, max }: PatternNode & { kind: 'repeat' }, steps: Step[]): boolean {
  // As many as fill the steps show that it is too long.
  for (let times = 0; times < min; times += 1) if (!write(of, steps)) return false
  const exits: (Step & { kind: 'fork' })[] = []
  if (max === Infinity) {
    const at = steps.length
    const fork = addFork(steps)
    fork.first = steps.length
    if (!write(of, steps)) return false
    const back = addFork(steps)
    back.first = back.second = at
    exits.push(fork)
  } else {
    for (let times = min; times < max; times += 1) {
      const fork = addFork(steps)
      fork.first = steps.length
      if (!write(of, steps)) return false
      exits.push(fork)
    }
  }
  for (const exit of exits) exit.second = steps.length
  return true
}

function addFork(steps: Step[]): Step & { kind: 'fork' } {
  const fork = { kind: 'fork' as const, first: 0, second: 0 }
  steps.push(fork)
  return fork
}

/** All ways that are open between two characters, and what came before. */
interface Situation {
  readonly ways: readonly number[]
  readonly isStart: boolean
  readonly isAfterWord: boolean
  /** Where each character leads. */
  readonly next: Map<number, Situation | 'match'>
}

/** No character has this number. */
const end = -1

const isWord = (point: number, ignoreCase: boolean): boolean =>
  // The long s and the sign of Kelvin are letters of words where case does not matter.
  (ignoreCase && (point === 0x17f || point === 0x212a)) ||
  (point >= 97 && point <= 122) ||
  (point >= 65 && point <= 90) ||
  (point >= 48 && point <= 57) ||
  point === 95

const isLineEnd = (point: number): boolean =>
  point === 0x0a || point === 0x0d || point === 0x2028 || point === 0x2029

function matcher(
  steps: readonly Step[],
  { ignoreCase = false, multiline = false }: PatternFlags,
): LinearPattern {
  const situations = new Map<string, Situation>()
  const situationOf = (ways: readonly number[], isStart: boolean, isAfterWord: boolean): Situation => {
    const name = `${isStart} ${isAfterWord} ${ways.join(' ')}`
    let situation = situations.get(name)
    if (situation === undefined) {
      // Those in use go on; what they knew is found anew.
      if (situations.size >= maxSituations) {
        for (const one of situations.values()) one.next.clear()
        situations.clear()
      }
      situation = { ways, isStart, isAfterWord, next: new Map() }
      situations.set(name, situation)
    }
    return situation
  }
  const proceed = (from: Situation, point: number): Situation | 'match' => {
    const isAfterWord = isWord(point, ignoreCase)
    const isLast = point === end || (multiline && isLineEnd(point))
    const open = follow(steps, from, isLast, from.isAfterWord !== isAfterWord)
    if (open === 'match') return 'match'
    const ways = [0]
    for (const at of open) {
      const step = steps[at]
      if (point !== end && step?.kind === 'one' && step.test(point)) ways.push(at + 1)
    }
    return situationOf(
      ways.sort((a, b) => a - b),
      multiline && isLineEnd(point),
      isAfterWord,
    )
  }
  const step = (situation: Situation, point: number): Situation | 'match' => {
    let next = situation.next.get(point)
    if (next === undefined) {
      next = proceed(situation, point)
      if (situation.next.size < maxSituations) situation.next.set(point, next)
    }
    return next
  }
  const begin = (): PatternRun => {
    let situation: Situation | 'match' = situationOf([0], true, false)
    return {
      take(piece) {
        for (let at = 0; situation !== 'match' && at < piece.length;) {
          const point = piece.codePointAt(at) ?? end
          at += point > 0xffff ? 2 : 1
          situation = step(situation, point)
        }
        return situation === 'match'
      },
      end: () => situation === 'match' || step(situation, end) === 'match',
    }
  }
  return Object.assign(
    (text: string): boolean => {
      const run = begin()
      return run.take(text) || run.end()
    },
    { begin },
  )
}

/** The characters that may come next, given what the next one is like; `'match'` where none need come. */
function follow(
  steps: readonly Step[],
  { ways, isStart }: Situation,
  isLast: boolean,
  isEdge: boolean,
): Set<number> | 'match' {
  const seen = new Set<number>()
  const waiting = [...ways]
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (seen.has(at)) continue
    seen.add(at)
    const step = steps[at]
    if (step?.kind === 'match') return 'match'
    if (step?.kind === 'fork') waiting.push(step.second, step.first)
    if (step?.kind !== 'at') continue
    const holds = { start: isStart, end: isLast, 'word-edge': isEdge, 'no-word-edge': !isEdge }[step.where]
    if (holds) waiting.push(at + 1)
  }
  return seen
}
