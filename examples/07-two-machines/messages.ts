/** Records that each collector takes. */
export const records = 200

/** What a collector tells the process that has started it. */
export type FromCollector =
  | { readonly port: number }
  | {
      /** Records that it has taken. */
      readonly head: number
      /** Records that each follower is behind. */
      readonly lags: Readonly<Record<string, number>>
    }
