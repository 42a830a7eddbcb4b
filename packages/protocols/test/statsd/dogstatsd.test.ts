import { describe, expect, it } from 'vitest'

import { createStatsdParser } from '../../src/statsd/statsd-parser.ts'
import { arrival, brief, collect } from '../collect.ts'

const read = (input: string | Uint8Array): readonly string[] => {
  const { samples, problems } = collect(createStatsdParser(), input)
  return [...samples.map(brief), ...problems.map(({ reason }) => `! ${reason}`)]
}

describe('events of DogStatsD', () => {
  it.each([
    ['_e{5,4}:title|text', ['event text "title\\ntext"']],
    ['_e{5,0}:title|', ['event text "title"']],
    ['_e{5,4}:title|text|#a:b,flag', ['event|ST[a:b,flag:] text "title\\ntext"']],
    ['_e{5,9}:title|a|b\\nc|#x:y', ['! malformed']],
    ['_e{5,6}:title|a|b\\nc|#x:y', ['event|ST[x:y] text "title\\na|b\\nc"']],
    ['_e{3,4}:é!|ééé', ['! malformed']],
    ['_e{3,6}:é!|ééé', ['event text "é!\\nééé"']],
    [
      '_e{2,2}:up|ok|d:1700000000|h:web-1|k:deploy|p:low|s:jenkins|t:error|#env:prod|c:ci-1|e:cn-web|card:low',
      [
        'event|ST[aggregation_key:deploy,alert_type:error,container_id:1,container_name:web,env:prod,host:web-1,priority:low,source_type:jenkins] text "up\\nok" @1700000000000',
      ],
    ],
    ['_e{2,2}:up|ok|zzz|y:1', ['event text "up\\nok"']],
  ])('%s is %j', (input, expected) => {
    expect(read(input)).toEqual(expected)
  })

  it.each([
    ['_e{', 'malformed'],
    ['_e{5,4}', 'malformed'],
    ['_e{5,4}:', 'malformed'],
    ['_e{0,4}:|text', 'malformed'],
    ['_e{5}:title', 'malformed'],
    ['_e{5,4}:title text', 'malformed'],
    ['_e{5,5}:title|text', 'malformed'],
    ['_e{5,3}:title|text', 'malformed'],
    ['_e{-5,4}:title|text', 'malformed'],
    ['_e{99999999999,4}:title|text', 'malformed'],
    ['_e{5,4}:title|text|d:yesterday', 'bad-timestamp'],
    ['_e{5,4}:title|text|d:0', 'bad-timestamp'],
    [`_e{5,4}:title|text|h:${'x'.repeat(300)}`, 'bad-name'],
  ])('%s is one problem', (input, reason) => {
    expect(read(input)).toEqual([`! ${reason}`])
  })

  it('are UTF-8; hot-shots, which counts UTF-16 units in place of bytes, is understood where pipes stand there', () => {
    expect(read('_e{1,1}:é|x')).toEqual(['event text "é\\nx"'])
    expect(read('_e{1,1}:éé|x')).toEqual(['! malformed'])
    expect(read(Buffer.from('_e{2,1}:\xff\xff|x', 'latin1'))).toEqual(['! not-utf8'])
    expect(read(Buffer.from('_e{2,1}:aa|x|#\xff', 'latin1'))).toEqual(['! not-utf8'])
  })
})

describe('service checks of DogStatsD', () => {
  it.each([
    ['_sc|redis|0', ['redis state 0']],
    ['_sc|redis.up| 3 |#a:b|h:web-1', ['redis.up|ST[a:b,host:web-1] state 3']],
    [
      '_sc|redis|2|d:1700000000|h:web-1|#a:b|m:no reply\\nfor 10 s',
      [
        'redis|ST[a:b,host:web-1] state 2 @1700000000000',
        'redis.message|ST[a:b,host:web-1] text "no reply\\nfor 10 s" @1700000000000',
      ],
    ],
    ['_sc|redis|1|m:a m\\:b: c|d', ['redis state 1', 'redis.message text "a m:b: c|d"']],
    [
      '_sc|redis|1|m:text|c:ci-1',
      ['redis|ST[container_id:1] state 1', 'redis.message|ST[container_id:1] text "text"'],
    ],
    ['_sc|redis|0|m:', ['redis state 0']],
    ['_scale:1|c', ['_scale delta 1']],
    ['_events:1|c', ['_events delta 1']],
  ])('%s is %j', (input, expected) => {
    expect(read(input)).toEqual(expected)
  })

  it.each([
    ['_sc|', 'malformed'],
    ['_sc||0', 'malformed'],
    ['_sc|redis', 'malformed'],
    ['_sc|redis|', 'malformed'],
    ['_sc|redis|4', 'malformed'],
    ['_sc|redis|00', 'malformed'],
    ['_sc|redis|0|d:x', 'bad-timestamp'],
    ['_sc|\u0001|0', 'bad-name'],
  ])('%s is one problem', (input, reason) => {
    expect(read(input)).toEqual([`! ${reason}`])
  })

  it('keep the time of arrival beside their own', () => {
    const { samples } = collect(
      createStatsdParser(),
      '_sc|redis|0|d:1700000000|m:x\n_e{1,1}:a|b|d:1700000000',
    )
    expect(samples.map(({ receivedAt }) => receivedAt)).toEqual([arrival, arrival, arrival])
  })
})
