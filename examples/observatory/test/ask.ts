import type { Catalogue, History, Refusal, State } from '../server/wire.ts'

/** A page's questions, without the page. */
export interface Asking {
  readonly state: () => Promise<State>
  readonly catalogue: (query?: Readonly<Record<string, string>>) => Promise<Catalogue>
  readonly post: (path: string, body: unknown, more?: Readonly<Record<string, string>>) => Promise<Response>
  readonly history: (from: number, to: number, keys: readonly string[]) => Promise<History>
  /** What the rollups hold of the series of a query, without the windows in which nothing came. */
  readonly stored: (select: string) => Promise<Readonly<Record<string, readonly unknown[]>>>
}

export function asking(url: string): Asking {
  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(`${url}${path}`)
    if (!response.ok) throw new Error(((await response.json()) as Refusal).error)
    return (await response.json()) as T
  }
  const state = (): Promise<State> => get<State>('/api/state')
  const catalogue = (query: Readonly<Record<string, string>> = {}): Promise<Catalogue> =>
    get<Catalogue>(`/api/catalogue?${new URLSearchParams(query).toString()}`)
  const post = async (
    path: string,
    body: unknown,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Response> => {
    const { token } = await state()
    const headers = { 'content-type': 'application/json', 'x-tocsin-token': token, ...more }
    return fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  }
  const history = async (from: number, to: number, keys: readonly string[]): Promise<History> =>
    (await (await post('/api/history', { from, to, keys })).json()) as History
  return {
    state,
    catalogue,
    post,
    history,
    stored: async (select) => {
      const { machine, sent } = await catalogue({ select, limit: '50', most: '120' })
      const keys = [...machine.cards, ...sent.cards].flatMap(({ shown }) =>
        shown.map(({ series }) => series.key),
      )
      const now = Date.now()
      const { series } = await history(now - 600_000, now + 60_000, keys)
      return Object.fromEntries(
        series.map(({ key, windows }) => [key, windows?.average.filter((value) => value !== null) ?? []]),
      )
    },
  }
}
