// All of what the tests of the same name take a share of.
import './crash.property.test.ts'
