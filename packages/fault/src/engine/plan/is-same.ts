/** Whether two pieces of plain data say the same, whatever the order of their fields. */
export const isSame = (a: unknown, b: unknown): boolean => textOf(a) === textOf(b)

/** JSON with its fields in order. */
export const textOf = (value: unknown): string =>
  JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([one], [other]) => (one < other ? -1 : 1)))
      : item,
  )
