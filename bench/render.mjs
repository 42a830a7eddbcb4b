// Tables as Markdown.

const count = (value) =>
  value >= 1e6
    ? `${(value / 1e6).toFixed(2)} M`
    : value >= 1e3
      ? `${(value / 1e3).toFixed(1)} k`
      : value.toFixed(1)
export const milliseconds = (value) => value.toFixed(value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0)
const ratio = (value) => (value >= 10 ? value.toFixed(0) : value.toFixed(2))

const line = (cells) => `| ${cells.join(' | ')} |`

function lines(head, leftCells, rows) {
  const rule = head.map((_, index) => (index < leftCells ? '---' : '---:'))
  return [head, rule, ...rows].map(line).join('\n')
}

/**
 * `unit` 'ms' is a time, of which less is better; any other is things per second. `groups` heads a first column, and only rows
 * of the same group are compared, each with the first. `more` heads the columns of further times.
 */
function comparison({ unit, groups, more = {}, rows }) {
  const times = unit === 'ms'
  const format = times ? milliseconds : count
  const first = (row) => rows.find(({ group }) => group === row.group)
  const compared = rows.some((row) => first(row) !== row)
  const head = [
    ...(groups === undefined ? [] : [groups]),
    ...['', 'how', `${unit}, median`, 'range'],
    ...Object.values(more),
    ...(compared ? [times ? 'this / ours' : 'ours / this'] : []),
  ]
  const body = rows.map((row) => [
    ...(groups === undefined ? [] : [row.group]),
    ...[row.name, row.note, format(row.median), `${format(row.low)} – ${format(row.high)}`],
    ...Object.keys(more).map((key) => (row.more[key] === undefined ? '' : milliseconds(row.more[key]))),
    ...(compared ? [ratio(times ? row.median / first(row).median : first(row).median / row.median)] : []),
  ])
  return lines(head, groups === undefined ? 2 : 3, body)
}

/** A table of a suite: rows of `compare`, or cells as they are. */
export function section(table) {
  const { title, text, head, cells } = table
  const body = cells === undefined ? comparison(table) : lines(head, 1, cells)
  return `## ${title}\n\n${text}\n\n${body}\n`
}
