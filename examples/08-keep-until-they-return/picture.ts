/** How far behind somebody was, from left to right in time, and from when to when it was away, as shares of the whole time. */
export interface Lag {
  readonly name: string
  readonly color: string
  readonly records: readonly number[]
  readonly away: readonly [from: number, to: number]
}

const [width, height, left, top, bottom] = [760, 260, 60, 34, 36]

const style =
  'text{font:13px system-ui,sans-serif;fill:#24292f}.axis{stroke:#8c959f}.line{fill:none;stroke-width:2}' +
  '@media(prefers-color-scheme:dark){text{fill:#e6edf3}.axis{stroke:#6e7681}}'

/** A chart of several lags as SVG; behind each line a band where its destination was away. */
export function picture(lags: readonly Lag[], seconds: number): string {
  const most = Math.max(1, ...lags.flatMap(({ records }) => records))
  const floor = height - bottom
  const x = (share: number): string => (left + share * (width - left - 16)).toFixed(1)
  const y = (records: number): string => (floor - (records / most) * (floor - top)).toFixed(1)
  const parts = lags.flatMap(({ name, color, records, away: [from, to] }, index) => {
    const points = records.map((count, at) => `${x(at / Math.max(1, records.length - 1))},${y(count)}`)
    const band = `x="${x(from)}" y="${top}" width="${(Number(x(to)) - Number(x(from))).toFixed(1)}" height="${floor - top}"`
    return [
      `<rect ${band} fill="${color}" opacity="0.15"/>`,
      `<text x="${(Number(x(from)) + Number(x(to))) / 2}" y="${top + 16}" text-anchor="middle">${name} is away</text>`,
      `<polyline class="line" stroke="${color}" points="${points.join(' ')}"/>`,
      `<rect x="${left + index * 130}" y="12" width="12" height="12" fill="${color}"/>`,
      `<text x="${left + 18 + index * 130}" y="22">${name}</text>`,
    ]
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">`,
    '<title>Records that each destination is behind: one waits while it is away and catches up, the other does not notice</title>',
    `<style>${style}</style>`,
    ...parts,
    `<path class="axis" d="M${left} ${top}V${floor}H${width - 16}" fill="none"/>`,
    `<text x="${left - 8}" y="${top + 5}" text-anchor="end">${most}</text>`,
    `<text x="${left - 8}" y="${floor + 5}" text-anchor="end">0</text>`,
    `<text x="${left}" y="${height - 12}">records behind</text>`,
    `<text x="${width - 16}" y="${height - 12}" text-anchor="end">${seconds.toFixed(1)} s</text>`,
    '</svg>\n',
  ].join('\n')
}
