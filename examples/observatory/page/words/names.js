// What a series is called: its metric, and only those tags that tell it apart from what else is known.

const maxMetrics = 20_000
/** Values of one tag that are kept apart; two tell that it says something. */
const enough = 2

/** `host:atlas-1`, in the order of the names; a tag without a value is its name. */
export function tagsOf(series) {
  return Object.entries(series.tags)
    .map(([category, value]) => (value === '' ? category : `${category}:${value}`))
    .sort()
}

/**
 * Remembers which tags of a metric differ. Of a metric that is known by one series only, all tags are told but `host` where it is
 * this machine's: too much is said before too little.
 */
export function createNames() {
  /** metric -> { keys: Set, categories: Map of tag to Set of values } */
  const metrics = new Map()

  function see(series) {
    let known = metrics.get(series.metric)
    if (known === undefined) {
      if (metrics.size >= maxMetrics) return
      known = { keys: new Set(), first: series, categories: new Map() }
      metrics.set(series.metric, known)
    }
    if (known.keys.has(series.key)) return
    if (known.keys.size < 500) known.keys.add(series.key)
    const names = new Set([...known.categories.keys(), ...Object.keys(series.tags)])
    for (const category of names) {
      let values = known.categories.get(category)
      if (values === undefined) {
        values = new Set()
        // Series before this one did not have it.
        if (known.keys.size > 1) values.add(undefined)
        known.categories.set(category, values)
      }
      const value = Object.hasOwn(series.tags, category) ? series.tags[category] : undefined
      if (values.size < enough) values.add(value)
    }
  }

  function telling(series, host) {
    const known = metrics.get(series.metric)
    const entries = Object.entries(series.tags).sort(([a], [b]) => (a < b ? -1 : 1))
    if (known === undefined || known.keys.size < 2) {
      return entries.filter(([category, value]) => category !== 'host' || value !== host)
    }
    return entries.filter(([category]) => (known.categories.get(category)?.size ?? enough) >= enough)
  }

  return {
    /** Takes each series that the page hears of. */
    see,
    /** `{ metric, tags }`: `disk.used_percent` and `/var`, or `path:/var region:eu` where it takes more than one. */
    nameOf(series, host) {
      const told = telling(series, host)
      const tags =
        told.length === 1 && told[0][1] !== ''
          ? told[0][1]
          : told.map(([category, value]) => (value === '' ? category : `${category}:${value}`)).join(' ')
      return { metric: series.metric, tags }
    },
  }
}

/** `disk.used_percent /var` */
export function nameText({ metric, tags }) {
  return tags === '' ? metric : `${metric} ${tags}`
}

/** Sees what the model knows of series now. */
export function seeAll(names, model) {
  for (const { series } of model.faults.values()) names.see(series)
  if (model.lastEnded !== undefined) names.see(model.lastEnded.series)
  for (const { series } of model.log.values()) if (series !== undefined) names.see(series)
  for (const { series } of model.status?.closest ?? []) names.see(series)
  const { machine, sent } = model.catalogue ?? {}
  for (const { shown } of [...(machine?.cards ?? []), ...(sent?.cards ?? [])]) {
    for (const { series } of shown) names.see(series)
  }
}

/** The tag query that matches this series, each text exactly. */
export function seriesQuery({ metric, tags }) {
  const parts = [['__name', metric], ...Object.entries(tags)].map(([category, value]) =>
    value === '' ? exact(category) : `${exact(category)}:${exact(value)}`,
  )
  return parts.length === 1 ? parts[0] : `and(${parts.join(',')})`
}

/** Bare where nothing in it has a meaning in queries; a quote cannot stand in quotes. */
function exact(text) {
  if (/^[\w.@+-][\w./@+-]*$/.test(text)) return text
  if (!text.includes('"')) return `[exact]"${text}"`
  const bytes = new TextEncoder().encode(text)
  return `b"${btoa(String.fromCharCode(...bytes))}"`
}
