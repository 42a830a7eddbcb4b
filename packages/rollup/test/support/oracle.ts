import type { Sample } from '@tocsin/core'

/** What a window should say, computed anew from all its samples, the slow and obvious way. */
export function naiveValue(samples: readonly Sample[], value: string): number | string | null {
  const sorted = [...samples].sort((a, b) => a.time - b.time)
  const first = sorted[0]
  const last = sorted.at(-1)
  if (first === undefined || last === undefined) return null
  if (value === 'count') return sorted.length
  if (value === 'first') return first.value as number | string
  if (value === 'last') return last.value as number | string
  if (first.kind === 'text')
    return value === 'changes' ? pairs(sorted).filter(([a, b]) => a !== b).length : null
  const numbers = sorted.map((one) => one.value as number)
  return first.kind === 'counter' ? counterValue(sorted, value) : gaugeValue(numbers, value)
}

function gaugeValue(numbers: readonly number[], value: string): number | null {
  const sum = numbers.reduce((total, one) => total + one, 0)
  const average = sum / numbers.length
  switch (value) {
    case 'sum':
      return sum
    case 'average':
      return average
    case 'min':
      return Math.min(...numbers)
    case 'max':
      return Math.max(...numbers)
    case 'stddev':
      return Math.sqrt(numbers.reduce((total, one) => total + (one - average) ** 2, 0) / numbers.length)
    default:
      return null
  }
}

function counterValue(sorted: readonly Sample[], value: string): number | null {
  const steps = pairs(sorted) as [number, number][]
  if (value === 'resets') return steps.filter(([a, b]) => b < a).length
  if (sorted.length === 1) return null
  if (value === 'increase') return steps.reduce((total, [a, b]) => total + (b < a ? b : b - a), 0)
  if (value !== 'rate') return null
  let growth = 0
  let time = 0
  for (const [index, [a, b]] of steps.entries()) {
    if (b < a) continue
    growth += b - a
    time += sorted[index + 1]!.time - sorted[index]!.time
  }
  return time > 0 ? (growth / time) * 1000 : null
}

const pairs = (sorted: readonly Sample[]): [unknown, unknown][] =>
  sorted.slice(1).map((one, index) => [sorted[index]?.value, one.value])
