/** Whether two pieces of plain data say the same, whatever the order of their fields; a field that is undefined is none. */
export function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const [one, other] = [a as Fields, b as Fields]
  let fields = 0
  for (const field in one) {
    if (one[field] === undefined) continue
    if (!isSame(one[field], other[field])) return false
    fields += 1
  }
  for (const field in other) if (other[field] !== undefined) fields -= 1
  return fields === 0
}

type Fields = Readonly<Record<string, unknown>>
