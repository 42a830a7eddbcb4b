import { FilterParser, SearchRequest } from 'ldapts'
import { describe, expect, it } from 'vitest'

import { ldapFilter } from '../../../../src/checks/stores/ldap/ldap-filter.ts'
import { ber, berAt } from '../../ber.ts'

/** What the library ldapts makes of it: the last but one part of what it asks. */
function byLibrary(filter: string): string {
  const request = new SearchRequest({ messageId: 1, filter: FilterParser.parseString(filter) })
  const { tag, bytes } = berAt(request.write(), 0, 1, 6)
  return ber(tag, bytes).toString('hex')
}

describe('ldapFilter', () => {
  it.each([
    '(objectClass=*)',
    '(cn=Robin)',
    '(cn=Röbin \\28x\\29 \\2a)',
    '(cn=R*)',
    '(cn=*n)',
    '(cn=*ob*)',
    '(cn=R*b*i*n)',
    '(age>=18)',
    '(age<=18)',
    '(cn~=rob)',
    '(!(cn=x))',
    '(&(objectClass=person)(|(cn=a)(cn=b))(!(sn=c)))',
    '(userAccountControl:1.2.840.113556.1.4.803:=2)',
  ])('writes %s as ldapts does', (filter) => {
    expect(ldapFilter(filter)?.toString('hex')).toBe(byLibrary(filter))
  })

  it.each([
    '',
    'cn=x',
    '()',
    '(cn)',
    '(cn=x',
    '(cn=x))',
    '(cn=x)(cn=y)',
    '(=x)',
    '(cn=(x))',
    '(!(cn=x)(cn=y))',
    '(&(cn=x)',
    '(cn=\\zz)',
    '(cn=**)',
    '(cn>=a*b)',
    '(:=x)',
  ])('takes no %s', (filter) => {
    expect(ldapFilter(filter)).toBeUndefined()
  })

  it('takes options of attributes, and no filters that are in each other without an end', () => {
    expect(ldapFilter('(cn;lang-de=x)')).toEqual(ber(0xa3, ber(4, 'cn;lang-de'), ber(4, 'x')))
    expect(ldapFilter(`${'(!'.repeat(20)}(a=b)${')'.repeat(20)}`)).toBeDefined()
    expect(ldapFilter(`${'(!'.repeat(40)}(a=b)${')'.repeat(40)}`)).toBeUndefined()
    expect(ldapFilter('(&'.repeat(100_000))).toBeUndefined()
  })
})
