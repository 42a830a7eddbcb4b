import { ruleSet } from '@tocsin/fault'
import { average } from '@tocsin/fault/rules'
import type { RuleSet } from '@tocsin/fault'

const usual = average('1m', { minFill: '30s' })

/** What is wrong on this machine, and two rules to play with. Each limit has room to come back, so that nothing opens and clears in turn. */
export const rules: readonly RuleSet[] = [
  ruleSet('cpu-busy')
    .select('__name:cpu.used_percent')
    .rule(2, usual.above(95, { until: 90 }))
    .rule(4, usual.above(80, { until: 75 }))
    .build(),
  ruleSet('memory-full')
    .select('__name:memory.used_percent')
    .above(97, 1, { until: 95 })
    .above(90, 3, { until: 88 })
    .build(),
  ruleSet('disk-full')
    .select('__name:disk.used_percent')
    .above(98, 1, { until: 97 })
    .above(90, 3, { until: 89 })
    .build(),
  ruleSet('collector-silent').select('__name:load.1m').absentFor('15s', 1).build(),
  ruleSet('demo-queue').select('__name:demo.queue').above(100, 2, { until: 80 }).build(),
  ruleSet('demo-heartbeat').select('__name:demo.heartbeat').absentFor('30s', 3).build(),
]
