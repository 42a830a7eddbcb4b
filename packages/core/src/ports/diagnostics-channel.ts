/** A channel to be published to; `diagnostics_channel` of Node has them. */
export interface DiagnosticsChannel {
  /** Whether somebody listens: to be asked before a message is made. */
  readonly hasSubscribers: boolean
  /** Hands a message to all who listen; what they throw does not come back. */
  publish(message: object): void
}

interface DiagnosticsModule {
  channel(name: string): DiagnosticsChannel
}

const silent: DiagnosticsChannel = Object.freeze({ hasSubscribers: false, publish: () => undefined })

/**
 * The channel `tocsin:…` of Node's `diagnostics_channel`, found without an import, since not all entries need Node; one that nobody hears
 * where there is none. All who ask for a name get the same channel.
 */
export function diagnosticsChannel(name: `tocsin:${string}`): DiagnosticsChannel {
  const { process } = globalThis as {
    process?: { getBuiltinModule?(name: string): DiagnosticsModule | undefined }
  }
  return process?.getBuiltinModule?.('node:diagnostics_channel')?.channel(name) ?? silent
}
