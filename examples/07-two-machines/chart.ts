const blocks = ' ▁▂▃▄▅▆▇█'

/** One line of a chart: how `values` went from left to right, in so many columns. */
export function bars(values: readonly number[], most: number, columns = 60): string {
  const width = values.length / Math.min(columns, Math.max(1, values.length))
  const column = (index: number): string => {
    const part = values.slice(Math.floor(index * width), Math.max(1, Math.floor((index + 1) * width)))
    const height = Math.max(0, ...part) / Math.max(1, most)
    return blocks[Math.min(8, Math.ceil(height * 8))] ?? ' '
  }
  return Array.from({ length: Math.min(columns, values.length) }, (_, index) => column(index)).join('')
}
