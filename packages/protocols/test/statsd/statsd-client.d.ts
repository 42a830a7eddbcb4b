// The part of statsd-client that is used here; it comes without types.
declare module 'statsd-client' {
  type Tags = Readonly<Record<string, string>>

  class StatsdClient {
    constructor(options: {
      readonly host?: string
      readonly port?: number
      readonly tcp?: boolean
      readonly prefix?: string
      readonly tags?: Tags
      readonly maxBufferSize?: number
      readonly socketTimeout?: number
    })
    counter(name: string, delta: number, tags?: Tags): this
    increment(name: string, delta?: number, tags?: Tags): this
    decrement(name: string, delta?: number, tags?: Tags): this
    gauge(name: string, value: number, tags?: Tags): this
    gaugeDelta(name: string, delta: number, tags?: Tags): this
    timing(name: string, ms: number, tags?: Tags): this
    histogram(name: string, value: number, tags?: Tags): this
    distribution(name: string, value: number, tags?: Tags): this
    set(name: string, value: string, tags?: Tags): this
    raw(line: string): this
    getChildClient(prefix: string): StatsdClient
    close(): this
  }

  export default StatsdClient
}
