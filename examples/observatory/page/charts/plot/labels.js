// Where the labels beside the lines stand. Pure.

/** The height of a label, px. */
export const labelHeight = 14

/**
 * Middles of labels, each as near as may be to the end of its line in `wanted` (px from the top), none over another, all between
 * `top` and `bottom`. Labels for which there is no room, the last of the list, are `undefined`.
 */
export function placeLabels(wanted, top, bottom, height = labelHeight) {
  const room = Math.max(0, Math.floor((bottom - top) / height + 1e-9))
  const lowest = top + height / 2
  const order = wanted
    .map((y, index) => ({ index, y: Number.isFinite(y) ? y : bottom }))
    .slice(0, room)
    // As the lines end, and of those that end together as the list has them.
    .sort((one, other) => one.y - other.y || one.index - other.index)
  const highest = bottom - height / 2 - (order.length - 1) * height
  // Without their heights the labels only have to stay in order, which merging neighbours to their mean does with least moving.
  const groups = []
  order.forEach(({ y }, rank) => {
    groups.push({ sum: y - rank * height, count: 1 })
    while (groups.length > 1 && mean(groups.at(-2)) >= mean(groups.at(-1))) {
      const { sum, count } = groups.pop()
      groups.at(-1).sum += sum
      groups.at(-1).count += count
    }
  })
  const places = wanted.map(() => undefined)
  let rank = 0
  for (const group of groups) {
    const free = Math.min(highest, Math.max(lowest, mean(group)))
    for (let member = 0; member < group.count; member++, rank++)
      places[order[rank].index] = free + rank * height
  }
  return places
}

const mean = ({ sum, count }) => sum / count
