// The view in the address of the page: a reload brings it again, and Back goes to the one before.

export const ranges = [
  { value: 2, text: '2 min', short: '2m' },
  { value: 15, text: '15 min', short: '15m' },
  { value: 60, text: '1 h', short: '1h' },
  { value: 360, text: '6 h', short: '6h' },
  { value: 1440, text: '24 h', short: '24h' },
  { value: 10_080, text: '7 days', short: '7d' },
  { value: 43_200, text: '30 days', short: '30d' },
]
const plain = { zone: 'utc', minutes: 60, zoom: undefined, filter: '', page: 0, allFaults: false }
const filterAtMost = 2000
const farthest = 8.64e15

/** The view that an address asks for; what it cannot mean is left out. */
export function readAddress(search) {
  const given = new URLSearchParams(search)
  const minutes = Number(given.get('minutes'))
  const [from, to] = (given.get('zoom') ?? '')
    .split('-')
    .map((text) => (/^\d+$/.test(text) ? Number(text) : NaN))
  const page = Number(given.get('page')) - 1
  return {
    zone: given.get('zone') === 'local' ? 'local' : plain.zone,
    minutes: ranges.some(({ value }) => value === minutes) ? minutes : plain.minutes,
    zoom: from < to && to < farthest ? { from, to } : undefined,
    filter: (given.get('filter') ?? '').slice(0, filterAtMost),
    page: Number.isSafeInteger(page) && page > 0 ? page : 0,
    allFaults: given.get('faults') === 'all',
  }
}

/** The address of a view, which is empty where it is the plain one. */
export function writeAddress({ zone, minutes, zoom, filter, page, allFaults }) {
  const given = new URLSearchParams()
  if (filter !== plain.filter) given.set('filter', filter)
  if (minutes !== plain.minutes) given.set('minutes', String(minutes))
  if (zoom !== undefined) given.set('zoom', `${Math.round(zoom.from)}-${Math.round(zoom.to)}`)
  if (zone !== plain.zone) given.set('zone', zone)
  if (page !== 0) given.set('page', String(page + 1))
  if (allFaults) given.set('faults', 'all')
  const text = given.toString()
  return text === '' ? '' : `?${text}`
}

/** `apply` is told a view that Back or Forward brings. */
export function createAddress(model, apply) {
  let written = writeAddress(model.view)
  let wasFilter = false
  model.on('view', () => {
    const search = writeAddress(model.view)
    if (search === written) return
    // While a person types, Back shall not go through each letter.
    const isFilter = withoutFilter(search) === withoutFilter(written)
    const path = location.pathname + search + location.hash
    if (isFilter && wasFilter) history.replaceState(null, '', path)
    else history.pushState(null, '', path)
    written = search
    wasFilter = isFilter
  })
  addEventListener('popstate', () => {
    const view = readAddress(location.search)
    written = writeAddress(view)
    wasFilter = false
    apply(view)
  })
}

function withoutFilter(search) {
  const given = new URLSearchParams(search)
  given.delete('filter')
  given.delete('page')
  return given.toString()
}
