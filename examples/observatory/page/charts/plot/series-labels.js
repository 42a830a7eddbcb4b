// What the lines of one card are called beside each other: only by what tells them apart. Pure.

const categoriesOf = (all) => [...new Set(all.flatMap(({ tags }) => Object.keys(tags)))].sort()
const valueOf = ({ tags }, category) => (Object.hasOwn(tags, category) ? tags[category] : undefined)

/**
 * `categories` that differ between these series, those with fewest values first, and `labels` in their order. Of one series alone
 * all its tags tell it, but `host` where it is this machine.
 */
export function seriesLabels(all, host) {
  if (all.length === 1) {
    const [one] = all
    const categories = categoriesOf(all).filter((category) => category !== 'host' || one.tags.host !== host)
    return { categories: [], labels: [textOf(one, categories)] }
  }
  const counts = categoriesOf(all)
    .map((category) => ({ category, count: new Set(all.map((one) => valueOf(one, category))).size }))
    .filter(({ count }) => count > 1)
    .sort((one, other) => one.count - other.count)
  const categories = counts.map(({ category }) => category)
  return { categories, labels: all.map((one) => textOf(one, categories)) }
}

/** The values alone, and the name of a tag that has none. */
function textOf(series, categories) {
  return categories
    .filter((category) => valueOf(series, category) !== undefined)
    .map((category) => valueOf(series, category) || category)
    .join(' ')
}
