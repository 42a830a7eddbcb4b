#!/usr/bin/env node
import { runCli } from './run-cli.ts'
import { processTerminal } from './terminal.ts'

const [program = process.execPath, script = '', ...words] = process.argv

process.exitCode = await runCli(words, {
  terminal: processTerminal(),
  command: [program, ...process.execArgv, script],
  interrupted,
})

function interrupted(): AbortSignal {
  const abort = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // Whoever asks twice does not want to wait; what is mounted is unmounted as the process ends.
      if (abort.signal.aborted) process.exit(130)
      abort.abort()
    })
  }
  return abort.signal
}
