import type { FetchedSeries, RollupStore } from '@tocsin/rollup/store'

/** The past of one series: a slot per window, `null` where nothing came. */
export interface History {
  readonly key: string
  readonly start: number
  readonly periodMs: number
  readonly values: readonly (number | string | null)[]
}

const periods = { '1m': 60_000, '5m': 300_000, '30m': 1_800_000, '1h': 3_600_000, '1d': 86_400_000 } as const
const maxSlots = 2000

/** What the charts ask: `from`, `to` in ms, `period`, and `select`, a tag query. Averages, and rates where it is a counter. */
export async function readHistory(
  rollups: Pick<RollupStore, 'fetch'>,
  query: URLSearchParams,
): Promise<{ readonly series: readonly History[] } | { readonly error: string }> {
  const period = query.get('period') ?? '1m'
  const from = Number(query.get('from'))
  const to = Number(query.get('to'))
  if (!Object.hasOwn(periods, period)) return { error: `period is one of ${Object.keys(periods).join(', ')}` }
  const width = periods[period as keyof typeof periods]
  if (
    !Number.isSafeInteger(from) ||
    !Number.isSafeInteger(to) ||
    from > to ||
    (to - from) / width > maxSlots
  ) {
    return { error: `from and to are ms since the epoch, at most ${maxSlots} periods apart` }
  }
  const range = {
    select: query.get('select') ?? '__name:*',
    from,
    to,
    period: period as keyof typeof periods,
  }
  try {
    const [averages, rates, texts] = await Promise.all([
      rollups.fetch({ ...range, value: 'average' }),
      rollups.fetch({ ...range, value: 'rate' }),
      rollups.fetch({ ...range, value: 'last' }),
    ])
    // By key: a series may have come into the store between two of the answers.
    const rateOf = byKey(rates)
    const textOf = byKey(texts)
    return {
      series: averages.map(({ series: { key }, start, periodMs, values }) => {
        const candidates = [values, rateOf.get(key) ?? [], textOf.get(key)?.map(textOnly) ?? []]
        return { key, start, periodMs, values: candidates.find(hasAny) ?? values }
      }),
    }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}

type Values = FetchedSeries['values']

const byKey = (answer: readonly FetchedSeries[]): ReadonlyMap<string, Values> =>
  new Map(answer.map(({ series, values }) => [series.key, values]))

const hasAny = (values: readonly unknown[]): boolean => values.some((value) => value !== null)
const textOnly = (value: number | string | null): string | null => (typeof value === 'string' ? value : null)
