import { describe, expect, it } from 'vitest'

import { alignakLabel } from '../../src/nagios/alignak-label.ts'
import { parseCheckResult } from '../../src/nagios/check-result.ts'
import { parsePluginOutput } from '../../src/nagios/plugin-output.ts'
import { pluginState } from '../../src/nagios/plugin-state.ts'

const shown = (output: string): unknown => {
  const { items, problems, ...texts } = parsePluginOutput(output)
  return {
    ...texts,
    items: items.map(({ label, value, unit }) => `${label}=${value}${unit}`),
    problems: problems.length,
  }
}

describe('the output of a plugin', () => {
  it.each([
    [
      'PING OK - Packet loss = 0%, RTA = 0.30 ms|rta=0.298000ms;4000.000000;6000.000000;0.000000 pl=0%;80;90;0;100\nThis is a long output\nwith three lines\n',
      {
        text: 'PING OK - Packet loss = 0%, RTA = 0.30 ms',
        longText: 'This is a long output\nwith three lines',
        items: ['rta=0.298ms', 'pl=0%'],
        problems: 0,
      },
    ],
    [
      'DISK OK - free space: / 3326 MB (56%); | /=2643MB;5948;5958;0;5968\n/ 15272 MB (77%);\n/boot 68 MB (69%);\n/var/log 819 MB (84%); | /boot=68MB;88;93;0;98\n/home=69357MB;253404;253409;0;253414\n/var/log=818MB;970;975;0;980\n',
      {
        text: 'DISK OK - free space: / 3326 MB (56%);',
        longText: '/ 15272 MB (77%);\n/boot 68 MB (69%);\n/var/log 819 MB (84%);',
        items: ['/=2643MB', '/boot=68MB', '/home=69357MB', '/var/log=818MB'],
        problems: 0,
      },
    ],
    [
      "OK: Load average: 0.00, 0.01, 0.05 | 'load1'=0.00;~:4;@0:6;0; 'load5'=0.01;3;0:5;0; 'load15'=0.05;0:2;0:4;0;",
      {
        text: 'OK: Load average: 0.00, 0.01, 0.05',
        longText: '',
        items: ['load1=0', 'load5=0.01', 'load15=0.05'],
        problems: 0,
      },
    ],
    ['PING OK - 0%', { text: 'PING OK - 0%', longText: '', items: [], problems: 0 }],
    ['', { text: '', longText: '', items: [], problems: 0 }],
    ['a\nb\nc', { text: 'a', longText: 'b\nc', items: [], problems: 0 }],
    ['a\nb|c=1', { text: 'a', longText: 'b', items: ['c=1'], problems: 0 }],
    // A second bar in the first line is no reason to lose what is behind it.
    ['OK | a=1 | b=2', { text: 'OK', longText: '', items: ['a=1', 'b=2'], problems: 0 }],
    ['OK | see the log', { text: 'OK', longText: '', items: [], problems: 1 }],
  ])('is text, long text and items: %j', (output, expected) => {
    expect(shown(output)).toEqual(expected)
  })

  it('has places in the whole of it', () => {
    const output = 'KÖLN OK|a=x\nmore|b=y c=1'
    const { problems } = parsePluginOutput(output)
    const bytes = Buffer.from(output)
    expect(problems.map(({ start, end }) => bytes.subarray(start, end).toString())).toEqual(['a=x', 'b=y'])
  })

  it('has a state by its exit code, and none is unknown', () => {
    expect(
      [0, 1, 2, 3, 4, 127, -1, 255, undefined, null, Number.NaN].map((code) => pluginState(code)),
    ).toEqual([0, 1, 2, 3, 3, 3, 3, 3, 3, 3, 3])
  })
})

describe('a passive result', () => {
  it('is one of a service or of a host', () => {
    expect(
      parseCheckResult(
        '[1700000000] PROCESS_SERVICE_CHECK_RESULT;web1;disk;2;BAD \\\\ | /=99%\\nmore|/boot=1%',
      ),
    ).toMatchObject({
      ok: true,
      value: {
        time: 1_700_000_000_000,
        host: 'web1',
        service: 'disk',
        state: 2,
        output: { text: 'BAD \\', longText: 'more', items: [{ label: '/' }, { label: '/boot' }] },
      },
    })
    const host = parseCheckResult('[1700000000] PROCESS_HOST_CHECK_RESULT;web1;1;down; for long')
    expect(host).toMatchObject({
      ok: true,
      value: { host: 'web1', state: 2, output: { text: 'down; for long' } },
    })
    expect(host.ok && 'service' in host.value).toBe(false)
    expect(parseCheckResult('[1] PROCESS_SERVICE_CHECK_RESULT;a;b;7;')).toMatchObject({ value: { state: 3 } })
  })

  it.each([
    '',
    'PROCESS_HOST_CHECK_RESULT;a;0;x',
    '[now] PROCESS_HOST_CHECK_RESULT;a;0;x',
    '[1] PROCESS_HOST_CHECK_RESULT;a;0',
    '[1] PROCESS_HOST_CHECK_RESULT;;0;x',
    '[1] PROCESS_SERVICE_CHECK_RESULT;a;;0;x',
    '[1] PROCESS_SERVICE_CHECK_RESULT;a;b;OK;x',
    '[1] DISABLE_NOTIFICATIONS',
  ])('is refused where it is none: %j', (line) => {
    expect(parseCheckResult(line)).toMatchObject({ ok: false, reason: 'malformed' })
  })
})

describe('a label as Alignak names it', () => {
  it.each([
    ['load1', 'load1'],
    ['/', '_'],
    ['/var/log', '_var-log'],
    ['C: %', 'C__pct'],
    ['C:', 'C'],
    [' a b+c ', 'a_b_c'],
    ['rta.1458122000', 'rta'],
    ['a.12345', 'a.12345'],
    ["it's é$", 'its_$'],
  ])('%j is %j', (label, name) => {
    expect(alignakLabel(label)).toBe(name)
  })
})
