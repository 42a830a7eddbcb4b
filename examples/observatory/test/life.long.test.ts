// All of what the tests of the same name take a share of.
import './life.test.ts'
