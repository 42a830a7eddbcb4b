import { ruleSet } from '@tocsin/fault'
import type { RuleSet } from '@tocsin/fault'

/** What is wrong on this machine, and two rules to play with. */
export const rules: readonly RuleSet[] = [
  ruleSet('cpu-busy')
    .select('__name:cpu.used_percent')
    .average('1m', '30s')
    .above(95, 2)
    .above(80, 4)
    .build(),
  ruleSet('memory-full').select('__name:memory.used_percent').above(97, 1).above(90, 3).build(),
  ruleSet('disk-full').select('__name:disk.used_percent').above(98, 1).above(90, 3).build(),
  ruleSet('collector-silent').select('__name:load.1m').absentFor('15s', 1).build(),
  ruleSet('demo-queue').select('__name:demo.queue').above(100, 2).build(),
  ruleSet('demo-heartbeat').select('__name:demo.heartbeat').absentFor('30s', 3).build(),
]
