#!/usr/bin/env node
import { runCommand } from './run-command.ts'

process.exitCode = await runCommand(process.argv.slice(2), {
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  environment: process.env,
  hasColours: process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '',
})
