import { describe, expect, it } from 'vitest'

import { defaultSettings, readSettings, usage } from '../settings.ts'

describe('the command line', () => {
  it('has a default for every setting, and takes another for each', () => {
    expect(readSettings([])).toEqual(defaultSettings)
    const flags = ['--host', '::1', '--http-port', '0', '--statsd-port=1', '--graphite-port', '65535']
    const more = ['--data', '/tmp/x', '--period-ms', '100', '--webhook', 'https://example.com/hook']
    expect(readSettings([...flags, ...more])).toEqual({
      host: '::1',
      httpPort: 0,
      statsdPort: 1,
      graphitePort: 65_535,
      data: '/tmp/x',
      periodMs: 100,
      webhook: 'https://example.com/hook',
    })
  })

  it('takes the last of a flag that is given more than once', () => {
    expect(readSettings(['--http-port', '0', '--http-port', '9000'])).toMatchObject({ httpPort: 9000 })
  })

  it.each(['--help', '-h'])('gives help for %s, whatever stands beside it', (flag) => {
    expect(readSettings([flag])).toBe('help')
    expect(readSettings(['--http-port', 'x', flag])).toBe('help')
  })

  it('has help that names every flag with its default, and an example', () => {
    const flags = Object.entries({
      '--host': '127.0.0.1',
      '--http-port': '8080',
      '--statsd-port': '8125',
      '--graphite-port': '2003',
      '--data': './data',
      '--period-ms': '1000',
      '--webhook': 'nowhere',
    })
    for (const [flag, value] of flags) {
      const [line] = usage.split('\n').filter((one) => one.trim().startsWith(flag))
      expect(line).toContain(`(${value})`)
    }
    expect(usage).toContain('journal, rollups, alerts, faults, the HTTPTrap secret')
    expect(usage).toMatch(/^Example: npm start -- --/m)
  })

  it.each([
    [['--http-port', '70000'], '--http-port takes a whole number from 0 to 65535, got "70000".'],
    [['--http-port', '1e3'], '--http-port takes a whole number from 0 to 65535, got "1e3".'],
    [['--http-port', '-1'], '--http-port takes a whole number from 0 to 65535, got "-1".'],
    [['--statsd-port', ''], '--statsd-port takes a whole number from 0 to 65535, got "".'],
    [['--period-ms', '99'], '--period-ms takes a whole number from 100 to 60000, got "99".'],
    [['--data'], '--data takes a folder, got nothing.'],
    [['--data', '--http-port', '1'], '--data takes a folder, got nothing.'],
    [['--data', ''], '--data takes a folder, got "".'],
    [['--data='], '--data takes a folder, got "".'],
    [['--host', ' '], '--host takes an address of this machine, got " ".'],
    [
      ['--webhook', 'example.com'],
      '--webhook takes an http or https address without a user name, got something else.',
    ],
    [
      ['--webhook', 'ftp://a/'],
      '--webhook takes an http or https address without a user name, got something else.',
    ],
    [['--htp-port', '1'], 'There is no flag --htp-port; npm start -- --help lists all.'],
    [['--port=1'], 'There is no flag --port; did you mean --http-port?'],
    [['--verbose'], 'There is no flag --verbose; npm start -- --help lists all.'],
    [['-x'], 'There is no flag -x; npm start -- --help lists all.'],
    [
      ['9000'],
      '"9000" stands behind no flag; flags come after a lone --, as in npm start -- --http-port 9000.',
    ],
    [
      ['--http-port', '2003'],
      '--http-port and --graphite-port are both 2003; give them different ports, as both are TCP.',
    ],
  ])('says of %j in one sentence what is wrong', (args, sentence) => {
    expect(() => readSettings(args)).toThrow(new Error(sentence))
  })

  it.each([
    [['--webhook', 'https://hooks.example:x/secret']],
    [['--webhook', 'https://ann:secret@hooks.example/']],
    [['--webhook', 'hooks.example/secret']],
    [['https://hooks.example/secret']],
    [['--webhok', 'https://hooks.example/secret']],
  ])('keeps to itself what a webhook has in its address: %#', (args) => {
    expect(() => readSettings(args)).toThrow(/^(?!.*secret)/)
  })

  it('lets statsd, which is UDP, have the number of a TCP port', () => {
    expect(readSettings(['--statsd-port', '8080'])).toMatchObject({ statsdPort: 8080, httpPort: 8080 })
  })
})
